"""Addresses of what people plan and share: pre-orders, gifts, wishes, whom they follow."""

from django.urls import path

from pennywhistle.interfaces.shop import ahead, following, gift_opening, gifts, wishes

urlpatterns = [
    path("pre-order/<slug:kind>/<public_id:public_id>", ahead.pre_order, name="pre-order"),
    path("pre-orders", ahead.pre_orders, name="pre-orders"),
    path("pre-orders/<uuid:pre_order_id>/cancel", ahead.cancel, name="pre-order-cancel"),
    path("gifts", gifts.gifts, name="gifts"),
    path("gifts/new", gifts.new_gift, name="gift-new"),
    path("gifts/<uuid:gift_id>", gifts.gift, name="gift"),
    path("gifts/<uuid:gift_id>/paper", gifts.gift_paper, name="gift-paper"),
    path("gifts/<uuid:gift_id>/qr.svg", gifts.gift_qr, name="gift-qr"),
    path("gifts/<uuid:gift_id>/anew", gifts.gift_anew, name="gift-anew"),
    path("gifts/<uuid:gift_id>/take-back", gifts.gift_take_back, name="gift-take-back"),
    path("gift/<str:token>", gift_opening.gift_open, name="gift-open"),
    path("gift/<str:token>/take", gift_opening.gift_take, name="gift-take"),
    path("gift/<str:token>/no-mails", gift_opening.no_gifts, name="gift-no-mails"),
    path("wishes", wishes.wishes, name="wishes"),
    path("wishes/show", wishes.show, name="wishes-show"),
    path("wishes/add/<slug:kind>/<public_id:public_id>", wishes.add, name="wish-add"),
    path("wishes/drop/<slug:kind>/<public_id:public_id>", wishes.drop, name="wish-drop"),
    path("wishes/of/<str:link>", wishes.public_list, name="wish-list"),
    path("following", following.following, name="following"),
    path("following/mails", following.mails, name="following-mails"),
    path("following/feed", following.new_feed, name="following-feed-new"),
    path("following/end/<public_id:public_id>", following.unfollow, name="unfollow"),
    path("following/feed/<str:token>", following.feed, name="following-feed"),
    path("following/no-mails/<str:token>", following.no_mails, name="following-no-mails"),
    path("following/<slug:kind>/<public_id:public_id>", following.follow, name="follow"),
]
