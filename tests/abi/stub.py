"""Turns the header into a C file that defines every function and uses every enum: stub.py HEADER > stub.c.

Built with debug information, it shows abidw the interface as C sees it: signatures and constants.
"""

import re
import sys

text = open(sys.argv[1], encoding="utf-8").read()
text = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
print("#include <abbe/abbe.h>")
for declaration in re.findall(r"^(?:ABBE_NODISCARD )?ABBE_API ([^;]+);", text, flags=re.MULTILINE):
    print(declaration, "{ __builtin_trap(); }")
for name in re.findall(r"^}\s*(abbe_\w+_code);", text, flags=re.MULTILINE):
    print(f"{name} uses_{name};")
