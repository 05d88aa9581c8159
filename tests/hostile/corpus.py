"""The corpus: every attack, by name."""

from hostile.breakouts import BREAKOUTS
from hostile.bursts import BURSTS
from hostile.cheats import CHEATS
from hostile.followers import FOLLOWERS
from hostile.late import LATE
from hostile.lies import LIES
from hostile.names import NAMES
from hostile.papers import PAPERS
from hostile.parcels import PARCELS
from hostile.spies import SPIES
from hostile.stalls import STALLS

EVERY = (*CHEATS, *FOLLOWERS, *LIES, *BREAKOUTS, *LATE, *SPIES, *STALLS, *BURSTS, *PAPERS, *PARCELS, *NAMES)
CORPUS = {attack.name: attack for attack in EVERY}
