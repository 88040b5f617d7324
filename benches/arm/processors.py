"""The processors that QEMU emulates, and what programs read about them."""

from dataclasses import dataclass
from pathlib import Path

BASIC = "fp asimd evtstrm aes pmull sha1 sha2 crc32 cpuid"
DOT = f"{BASIC} atomics fphp asimdhp asimdrdm lrcpc dcpop asimddp ssbs"
MATRIX = f"{DOT} jscvt fcma sha3 sm3 sm4 sha512 asimdfhm dit uscat ilrcpc flagm sb dcpodp flagm2 frint i8mm bf16"


@dataclass(frozen=True)
class Processor:
    """A processor: its name for people and for QEMU, tract's name, its features and part number as in /proc/cpuinfo."""

    title: str
    model: str
    tract: str
    features: str
    part: str

    @property
    def half(self) -> bool:
        """Whether the processor computes in f16."""
        return "asimdhp" in self.features.split()

    def describe(self, root: Path) -> None:
        """Writes the files below QEMU's root without which executors would read those of this machine."""
        lines = {"processor": "0", "BogoMIPS": "100.00", "Features": self.features, "CPU implementer": "0x41"}
        lines |= {"CPU architecture": "8", "CPU variant": "0x3", "CPU part": self.part, "CPU revision": "1"}
        (root / "proc").mkdir(exist_ok=True)
        (root / "proc" / "cpuinfo").write_text("".join(f"{name}\t: {value}\n" for name, value in lines.items()) + "\n")
        processors = root / "sys" / "devices" / "system" / "cpu"
        processors.mkdir(parents=True, exist_ok=True)
        for name in ("possible", "present", "online"):
            (processors / name).write_text("0\n")


# Without SVE and SME, which no kernel of Mien uses, and few phones have.
PROCESSORS = [
    Processor("Cortex-A53", "cortex-a53", "a53", BASIC, "0xd03"),
    Processor("Cortex-A76", "cortex-a76", "neoverse", DOT, "0xd0b"),
    Processor("i8mm", "max,sve=off,sme=off", "neoverse", MATRIX, "0xd4d"),
]
