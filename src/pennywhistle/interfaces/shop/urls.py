"""The shop's addresses."""

from django.contrib.auth.decorators import login_not_required
from django.urls import path
from django.views.i18n import set_language

from pennywhistle.interfaces.shop import (
    account,
    balance,
    cart,
    checkout,
    choosing,
    comparing,
    evidence,
    front,
    info,
    items,
    receipts,
    shelf,
    unclaimed,
)

urlpatterns = [
    path("", front.home, name="home"),
    path("new", front.new, name="new"),
    path("genres", front.genres, name="genres"),
    path("genre/<str:slug>", front.genre, name="genre"),
    path("search", front.search, name="search"),
    path("release/<named:name>", items.release, name="release"),
    path("track/<named:name>", items.track, name="track"),
    path("artist/<named:name>", items.artist, name="artist"),
    path("label/<named:name>", items.label, name="label"),
    path("chain/<slug:kind>/<public_id:public_id>", items.chain, name="chain"),
    path("track/<named:name>/compare", comparing.compare, name="compare"),
    path(
        "compare/<public_id:public_id>/<slug:recipe>.flac",
        comparing.passage,
        name="compare-passage",
    ),
    path("evidence/<slug:kind>/<public_id:public_id>", evidence.evidence, name="evidence"),
    path("cart", cart.cart, name="cart"),
    path("cart/add/<slug:kind>/<public_id:public_id>", cart.add, name="cart-add"),
    path("cart/remove/<slug:kind>/<public_id:public_id>", cart.remove, name="cart-remove"),
    path("checkout", checkout.checkout, name="checkout"),
    path("balance", balance.balance, name="balance"),
    path("balance/top-up", balance.top_up, name="top-up"),
    path("balance/top-ups/<uuid:top_up_id>/", balance.top_up_state, name="top-up-state"),
    path("account/profile", account.profile, name="profile"),
    path("account/downloads", choosing.wishes, name="download-wishes"),
    path("shelf", shelf.shelf, name="shelf"),
    path("shelf/<int:entitlement_id>/formats", choosing.formats, name="formats"),
    path("orders", shelf.orders, name="orders"),
    path("orders/<uuid:order_id>", shelf.order, name="order"),
    path("receipt/<uuid:sale_id>", receipts.receipt, name="receipt"),
    path("receipt/<uuid:sale_id>/qr.svg", receipts.receipt_qr, name="receipt-qr"),
    path("verify", receipts.verify, name="verify"),
    path("territory", info.territory, name="territory"),
    path("language", login_not_required(set_language), name="set_language"),
    path("about", info.about, name="about"),
    path("unclaimed", unclaimed.unclaimed, name="unclaimed"),
    path("help", info.help_page, name="help"),
    path("demo/mail", info.demo_mail, name="demo-mail"),
    path("robots.txt", info.robots, name="robots"),
]
