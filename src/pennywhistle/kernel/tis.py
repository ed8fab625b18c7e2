"""CISAC's territory codes (TIS) as sets of ISO 3166-1 countries.

TIS numbers a country as ISO 3166-1 does and has groups of its own from 2100 (World is 2136). Three
things make a code mean more or less than the bare list of its members, and each is told apart
here, because a right must never grow by a doubt:

* A TIS country includes its dependent territories unless they have a TIS number of their own:
  250 is France with Reunion, but without New Caledonia (540). ISO counts them apart.
* A group of countries changes with time (the United Kingdom left 2123), and our copy has a date.
* TIS has no number at all for some territories (Palestine, Antarctica).

So a code has two readings. *At least* is what it covers without doubt, and is what counts where
the code grants something; *at most* adds all that somebody may have meant by it, and is what
counts where the code excludes something.

Based on: the public TIS tables as of 2013 (countries, groups and memberships), the code list of
DDEX's allowed value sets for ERN 4.3 (which codes a message may hold), ISO 3166-1:2020, and what
has changed in the memberships since, up to the date in `TIS_VERSION`. Codes that ended (200
Czechoslovakia, 230, 278, 280, 720, 736, 810, 886, 890, 891) are not known here on purpose.
"""

TIS_VERSION = "2026-11"

_COUNTRIES = """
4:AF 8:AL 12:DZ 20:AD 24:AO 28:AG 31:AZ 32:AR 36:AU 40:AT 44:BS 48:BH 50:BD 51:AM 52:BB 56:BE
64:BT 68:BO 70:BA 72:BW 76:BR 84:BZ 90:SB 96:BN 100:BG 104:MM 108:BI 112:BY 116:KH 120:CM 124:CA
132:CV 140:CF 144:LK 148:TD 152:CL 156:CN 158:TW 170:CO 174:KM 178:CG 180:CD 188:CR 191:HR
192:CU 196:CY 203:CZ 204:BJ 208:DK 212:DM 214:DO 218:EC 222:SV 226:GQ 231:ET 232:ER 233:EE
242:FJ 246:FI 250:FR 258:PF 262:DJ 266:GA 268:GE 270:GM 276:DE 288:GH 296:KI 300:GR 308:GD
320:GT 324:GN 328:GY 332:HT 336:VA 340:HN 344:HK 348:HU 352:IS 356:IN 360:ID 364:IR 368:IQ
372:IE 376:IL 380:IT 384:CI 388:JM 392:JP 398:KZ 400:JO 404:KE 408:KP 410:KR 414:KW 417:KG
418:LA 422:LB 426:LS 428:LV 430:LR 434:LY 438:LI 440:LT 442:LU 446:MO 450:MG 454:MW 458:MY
462:MV 466:ML 470:MT 478:MR 480:MU 484:MX 492:MC 496:MN 498:MD 499:ME 504:MA 508:MZ 512:OM
516:NA 520:NR 524:NP 528:NL 540:NC 548:VU 554:NZ 558:NI 562:NE 566:NG 578:NO 583:FM 584:MH
585:PW 586:PK 591:PA 598:PG 600:PY 604:PE 608:PH 616:PL 620:PT 624:GW 626:TL 630:PR 634:QA
642:RO 643:RU 646:RW 659:KN 662:LC 670:VC 674:SM 678:ST 682:SA 686:SN 688:RS 690:SC 694:SL
702:SG 703:SK 704:VN 705:SI 706:SO 710:ZA 716:ZW 724:ES 728:SS 729:SD 732:EH 740:SR 748:SZ
752:SE 756:CH 760:SY 762:TJ 764:TH 768:TG 776:TO 780:TT 784:AE 788:TN 792:TR 795:TM 798:TV
800:UG 804:UA 807:MK 818:EG 826:GB 834:TZ 840:US 854:BF 858:UY 860:UZ 862:VE 882:WS 887:YE
894:ZM
"""

_DEPENDENCIES = {
    "AU": "CC CX HM NF",
    "DK": "FO GL",
    "FI": "AX",
    "FR": "BL GF GP MF MQ PM RE TF WF YT",
    "GB": "AI BM FK GG GI GS IM IO JE KY MS PN SH TC VG",
    "NL": "AW BQ CW SX",
    "NO": "BV SJ",
    "NZ": "CK NU TK",
    "RS": "XK",
    "US": "AS GU MP UM VI",
}

_EU = "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK"
_AFRICA_SOUTH_OF_SAHARA = (
    "AO BF BI BJ BW CD CF CG CI CM CV DJ EH ER ET GA GH GM GN GQ GW KE KM LR LS MG ML MR MU "
    "MW MZ NA NE NG RW SC SD SL SN SO SS ST SZ TD TG TZ UG ZA ZM ZW"
)
_NORTH_AFRICA = "DZ EG LY MA TN"
_CENTRAL_AMERICA = "BZ CR GT HN NI PA SV"
_NORTH_AMERICA = "CA MX US"
_SOUTH_AMERICA = "AR BO BR CL CO EC GY PE PY SR UY VE"
_ANTILLES = "AG BB CU DM DO GD HT JM KN LC PR TT VC"
_AMERICAN_CONTINENT = f"{_CENTRAL_AMERICA} {_NORTH_AMERICA} {_SOUTH_AMERICA}"
_MIDDLE_EAST = "AE AF BD BH BT IN IQ IR JO KW LK MN MV NP OM PK QA SA YE"
_NEAR_AND_FAR_EAST = "AM AZ CN CY GE HK IL JP KG KP KR KZ LB MO SY TJ TM TR TW UZ"
_SOUTH_EAST_ASIA = "BN ID KH LA MM MY PH SG TH TL VN"
_AUSTRALASIA = "AU FJ NC NZ SB VU"
_EASTERN_EUROPE = "AL BG BY CZ EE HU LT LV MD PL RO RU SK UA"
_SCANDINAVIA = "DK NO SE"
_BRITISH_ISLES = "GB IE"
_EUROPEAN_CONTINENT = (
    "AD AT BA BE CH DE ES FI FR GR HR IT LI LU MC ME MK NL PT RS SI SM VA "
    f"{_EASTERN_EUROPE} {_SCANDINAVIA}"
)
_COMMONWEALTH_AFRICA = "BW CM GH GM KE LS MU MW MZ NA NG SC SL SZ TZ UG ZA ZM"
_COMMONWEALTH_ASIA = "BD BN CY IN LK MV MY PK SG"
_COMMONWEALTH_AUSTRALASIA = "AU FJ NZ SB VU"
_COMMONWEALTH = (
    "AG BB BS BZ CA DM GB GD GY JM KI KN LC MT NR PG TO TT TV VC WS "
    f"{_COMMONWEALTH_AFRICA} {_COMMONWEALTH_ASIA} {_COMMONWEALTH_AUSTRALASIA}"
)

# The territories near America that depend on a country elsewhere or have no TIS number.
_CARIBBEAN_DEPENDENT = "AI AW BL BQ CW GP KY MF MQ MS SX TC VG VI"
_NORTH_AMERICA_DEPENDENT = "BM GL PM UM"
_SOUTH_AMERICA_DEPENDENT = "AW BQ BV CW FK GF GS"
_EUROPE_DEPENDENT = "AX FO GG GI IM JE SJ XK"

# number: (the members without doubt, what is added where the group is excluded)
_GROUPS = {
    2100: (
        f"{_AFRICA_SOUTH_OF_SAHARA} {_NORTH_AFRICA}",
        "IO RE SH TF YT",
    ),
    2101: (
        f"BS {_AMERICAN_CONTINENT} {_ANTILLES}",
        f"{_CARIBBEAN_DEPENDENT} {_NORTH_AMERICA_DEPENDENT} {_SOUTH_AMERICA_DEPENDENT}",
    ),
    2102: (_AMERICAN_CONTINENT, f"{_NORTH_AMERICA_DEPENDENT} {_SOUTH_AMERICA_DEPENDENT}"),
    2103: (_ANTILLES, _CARIBBEAN_DEPENDENT),
    2104: ("AU BN CA CL CN HK ID JP KR MO MX MY NZ PE PG PH PR RU SG TH TW US VN", ""),
    # Timor-Leste joined in 2025.
    2105: ("BN ID KH LA MM MY PH SG TH VN", "TL"),
    2106: (
        f"{_NEAR_AND_FAR_EAST} {_MIDDLE_EAST} {_SOUTH_EAST_ASIA}",
        "CC CX IO PS",
    ),
    2107: (_AUSTRALASIA, ""),
    2108: ("AL BA BG GR HR ME MK RO RS SI", "XK"),
    2109: ("EE LT LV", ""),
    2110: ("BE LU NL", ""),
    2111: (_BRITISH_ISLES, "GG IM JE"),
    2112: ("AG BB BS DM GD JM KN LC TT VC", "AI BM KY MS TC VG"),
    2113: (_CENTRAL_AMERICA, ""),
    2114: (
        _COMMONWEALTH,
        "GA RW TG ZW",
    ),
    # Rwanda joined in 2009, Gabon and Togo in 2022; Zimbabwe left in 2003.
    2115: (_COMMONWEALTH_AFRICA, "GA RW TG ZW"),
    2116: (_COMMONWEALTH_ASIA, ""),
    2117: (_COMMONWEALTH_AUSTRALASIA, ""),
    # Georgia left in 2009, Ukraine takes no part, Turkmenistan is associated, Moldova is leaving.
    2118: ("AM AZ BY KG KZ RU TJ UZ", "GE MD TM UA"),
    2119: (_EASTERN_EUROPE, ""),
    2120: (f"IS MT {_BRITISH_ISLES} {_EUROPEAN_CONTINENT}", _EUROPE_DEPENDENT),
    # The United Kingdom left in 2020.
    2121: (f"IS LI NO {_EU}", "GB"),
    2122: (_EUROPEAN_CONTINENT, _EUROPE_DEPENDENT),
    2123: (_EU, "GB"),
    2124: ("AT CH DE", ""),
    2125: (_MIDDLE_EAST, "PS"),
    2126: ("CA MX PR US", ""),
    2127: ("DK FI IS NO SE", ""),
    2128: (_NORTH_AFRICA, ""),
    2129: (_NORTH_AMERICA, _NORTH_AMERICA_DEPENDENT),
    2130: (
        f"FM KI MH NR PF PG PW TO TV WS {_AUSTRALASIA}",
        "AS GU MP PN UM WF",
    ),
    2131: (_SCANDINAVIA, ""),
    2132: (_SOUTH_AMERICA, _SOUTH_AMERICA_DEPENDENT),
    2133: (_SOUTH_EAST_ASIA, ""),
    2134: (f"BS {_ANTILLES}", _CARIBBEAN_DEPENDENT),
}

TIS_WORLD = 2136
"""World, which is every territory whether TIS has a number for it or not."""


def members_at_least(number: int) -> frozenset[str]:
    """Return the ISO codes that the TIS number covers without doubt: what it may grant.

    Raises KeyError for an unknown number, and for `TIS_WORLD`, which is no list.
    """
    return _AT_LEAST[number]


def members_at_most(number: int) -> frozenset[str]:
    """Return the ISO codes that somebody may mean by the TIS number: what it excludes.

    Raises KeyError for an unknown number, and for `TIS_WORLD`, which is no list.
    """
    return _AT_MOST[number]


def _with_dependencies(codes: frozenset[str]) -> frozenset[str]:
    return codes.union(*(_DEPENDENCIES.get(code, "").split() for code in codes))


def _read_countries() -> dict[int, frozenset[str]]:
    pairs = (entry.split(":") for entry in _COUNTRIES.split())
    return {int(number): frozenset({code}) for number, code in pairs}


_AT_LEAST = _read_countries() | {
    number: frozenset(members.split()) for number, (members, _) in _GROUPS.items()
}
_AT_MOST = {number: _with_dependencies(members) for number, members in _AT_LEAST.items()}
for _number, (_, _added) in _GROUPS.items():
    _AT_MOST[_number] |= _with_dependencies(frozenset(_added.split()))
