"""The cast of the demo: invented people of five invented companies."""

from dataclasses import dataclass

PASSWORD = "fair winds at friday five"  # noqa: S105  printed at start, for the demo logins alone


@dataclass(frozen=True)
class Person:
    """A login with its place in one company."""

    email: str
    name: str
    title: str
    roles: tuple[str, ...]
    time_zone: str = ""


MARCUS_EMAIL = "marcus@okafor.example"
MARCUS_ZONE = "Europe/London"

NORTHWIND = (
    Person("tom@northwind.example", "Tom Becker", "Head of operations", ("admin", "team")),
    Person("elena@northwind.example", "Elena Vasquez", "CEO", ("executive",)),
    Person(MARCUS_EMAIL, "Marcus Okafor", "Fractional CTO", ("cto",), MARCUS_ZONE),
    Person("priya@northwind.example", "Priya Raman", "CFO", ("finance",)),
    Person("grace@northwind.example", "Grace Whitfield", "Board member", ("board",)),
    Person("daniel@northwind.example", "Daniel Osei", "Board member", ("board",), "Africa/Accra"),
    Person("sofia@northwind.example", "Sofia Marin", "Head of product", ("team",)),
    Person("aisha@northwind.example", "Aisha Karim", "Platform lead", ("team",)),
    Person("jonas@northwind.example", "Jonas Lind", "Head of robotics", ("team",)),
    Person("ruth@audit.example", "Ruth Alder", "Auditor", ("observer",)),
)

FJORDLYS = (
    Person("ingrid@fjordlys.example", "Ingrid Solheim", "CEO", ("executive", "admin")),
    Person(MARCUS_EMAIL, "Marcus Okafor", "Fractional CTO", ("cto",), MARCUS_ZONE),
    Person("lars@fjordlys.example", "Lars Haugen", "CFO", ("finance",)),
    Person("mette@fjordlys.example", "Mette Dahl", "Head of engineering", ("team",)),
)

PRAIRIE = (
    Person("denise@prairie.example", "Denise Holloway", "Founder", ("executive", "admin")),
    Person(MARCUS_EMAIL, "Marcus Okafor", "Fractional CTO", ("cto",), MARCUS_ZONE),
    Person("omar@prairie.example", "Omar Haddad", "Engineering manager", ("team",)),
)
MERLION = (
    Person("weiling@merlion.example", "Tan Wei Ling", "CEO", ("executive", "admin")),
    Person(MARCUS_EMAIL, "Marcus Okafor", "Fractional CTO", ("cto",), MARCUS_ZONE),
    Person("arjun@merlion.example", "Arjun Pillai", "CFO", ("finance",)),
    Person("hana@merlion.example", "Hana Yusof", "Tech lead", ("team",)),
)
SALTGRASS = (
    Person("maya@saltgrass.example", "Maya Lindqvist", "Co-founder", ("executive", "admin")),
    Person(MARCUS_EMAIL, "Marcus Okafor", "Fractional CTO", ("cto",), MARCUS_ZONE),
    Person("theo@saltgrass.example", "Theo Barnes", "Lead engineer", ("team",)),
)

# shown in the terminal by `make run` and in the README: e-mail, password, who it is
SIGN_INS = (
    ("elena@northwind.example", PASSWORD, "Elena Vasquez, CEO of Northwind Robotics"),
    (MARCUS_EMAIL, PASSWORD, "Marcus Okafor, CTO of all five companies"),
    ("priya@northwind.example", PASSWORD, "Priya Raman, CFO"),
    ("grace@northwind.example", PASSWORD, "Grace Whitfield, board"),
    ("aisha@northwind.example", PASSWORD, "Aisha Karim, team"),
    ("tom@northwind.example", PASSWORD, "Tom Becker, admin"),
    ("ruth@audit.example", PASSWORD, "Ruth Alder, observer"),
    ("ingrid@fjordlys.example", PASSWORD, "Ingrid Solheim, CEO of Fjordlys Energi"),
)
