"""The header stays within the C that every language can call, and the bindings say what it says.

The header is parsed by pycparser, which shares nothing with the generator of the bindings.
"""

from __future__ import annotations

import ctypes
import re
import subprocess
from pathlib import Path
from typing import Any, Iterator

import pytest
from conftest import ROOT
from pycparser import c_ast, c_parser

from abbe import _abi

HEADER = ROOT / "include" / "abbe" / "abbe.h"
NUMBERS = {"int32_t", "uint32_t", "int64_t", "uint8_t", "size_t", "float", "double"}


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> c_ast.FileAST:
    folder = tmp_path_factory.mktemp("fake")
    # pycparser knows no compiler's own headers; of these two the header takes only names of numbers.
    (folder / "stddef.h").write_text("typedef unsigned long size_t;\n")
    (folder / "stdint.h").write_text(
        "typedef int int32_t; typedef unsigned int uint32_t; typedef long long int64_t; typedef unsigned char uint8_t;\n"
    )
    command = ["cc", "-E", "-nostdinc", "-D__attribute__(x)=", f"-I{folder}", str(HEADER)]
    source = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return c_parser.CParser().parse(source, filename="abbe.h")


def declarations(tree: c_ast.FileAST) -> Iterator[Any]:
    return (node for node in tree.ext if node.coord.file.endswith("abbe.h"))


@pytest.fixture(scope="module")
def functions(tree: c_ast.FileAST) -> dict[str, tuple[str, list[tuple[str, str]]]]:
    """Result and parameters of every function, types as text."""
    found = {}
    for node in declarations(tree):
        if isinstance(node, c_ast.Decl) and isinstance(node.type, c_ast.FuncDecl):
            found[node.name] = signature(node.type)
    return found


@pytest.fixture(scope="module")
def aliases(tree: c_ast.FileAST) -> dict[str, str]:
    found = {}
    for node in declarations(tree):
        if isinstance(node, c_ast.Typedef) and isinstance(node.type, c_ast.TypeDecl):
            if isinstance(node.type.type, c_ast.IdentifierType):
                found[node.name] = " ".join(node.type.type.names)
    return found


@pytest.fixture(scope="module")
def handles(tree: c_ast.FileAST) -> set[str]:
    return {
        node.name
        for node in declarations(tree)
        if isinstance(node, c_ast.Typedef)
        and isinstance(node.type, c_ast.TypeDecl)
        and isinstance(node.type.type, c_ast.Struct)
    }


@pytest.fixture(scope="module")
def callbacks(tree: c_ast.FileAST) -> dict[str, tuple[str, list[tuple[str, str]]]]:
    return {
        node.name: signature(node.type.type)
        for node in declarations(tree)
        if isinstance(node, c_ast.Typedef) and isinstance(node.type, c_ast.PtrDecl)
    }


@pytest.fixture(scope="module")
def enums(tree: c_ast.FileAST) -> dict[str, dict[str, int]]:
    found = {}
    for node in declarations(tree):
        if isinstance(node, c_ast.Typedef) and isinstance(node.type, c_ast.TypeDecl):
            if isinstance(node.type.type, c_ast.Enum):
                found[node.name] = {one.name: number(one.value) for one in node.type.type.values.enumerators}
    return found


def signature(node: c_ast.FuncDecl) -> tuple[str, list[tuple[str, str]]]:
    parameters = [] if node.args is None else node.args.params
    told = [(one.name, spelled(one.type)) for one in parameters]
    return spelled(node.type), [one for one in told if one[1] != "void"]


def spelled(node: Any) -> str:
    """A type as text: "const char *", "abbe_plan **", "int32_t"."""
    if isinstance(node, c_ast.PtrDecl):
        inner = spelled(node.type)
        return inner + ("*" if inner.endswith("*") else " *")
    assert isinstance(node, c_ast.TypeDecl), node
    assert isinstance(node.type, c_ast.IdentifierType), f"{node.declname} is no plain type"
    return " ".join([*node.quals, *node.type.names])


def number(node: Any) -> int:
    if isinstance(node, c_ast.UnaryOp):
        assert node.op == "-"
        return -number(node.expr)
    return int(node.value, 0)


def test_only_types_functions_and_constants_that_every_language_can_call(
    tree: c_ast.FileAST,
    functions: dict[str, Any],
    callbacks: dict[str, Any],
    aliases: dict[str, str],
    handles: set[str],
    enums: dict[str, Any],
) -> None:
    assert len(functions) > 30 and len(enums) >= 6 and handles >= {"abbe_context", "abbe_psf", "abbe_plan"}
    assert set(aliases.values()) <= NUMBERS
    values = NUMBERS | set(aliases) | set(callbacks)
    pointed = {"void", "char"} | NUMBERS | set(aliases) | handles
    for name, (result, parameters) in {**functions, **callbacks}.items():
        assert name.startswith("abbe_")
        assert result in {"void", "const char *"} | NUMBERS | set(aliases), f"{name} returns {result}"
        for parameter, kind in parameters:
            assert parameter, f"{name} has a parameter without a name"
            base = kind.removeprefix("const ").rstrip("* ")
            allowed = pointed if "*" in kind else values
            assert base in allowed and kind.count("*") <= 2, f"{parameter} of {name} is {kind}"
            assert kind.count("*") < 2 or base in handles, f"{parameter} of {name} is {kind}"
    seen = {type(node).__name__ for one in declarations(tree) for node in walk(one)}
    assert not seen & {"Union", "EllipsisParam", "ArrayDecl", "FuncDef"}
    for one in declarations(tree):
        for node in walk(one):
            assert not isinstance(node, c_ast.Struct) or node.decls is None, f"struct {node.name} has fields"
            assert getattr(node, "bitsize", None) is None
    assert all(re.fullmatch(r"ABBE_[A-Z0-9_]+", constant) for values in enums.values() for constant in values)


def walk(node: Any) -> Iterator[Any]:
    yield node
    for _, child in node.children():
        yield from walk(child)


def test_constants_have_one_value_each(enums: dict[str, dict[str, int]]) -> None:
    names = [constant for values in enums.values() for constant in values]
    assert len(names) == len(set(names))
    for name in ("abbe_param_code", "abbe_status_code", "abbe_dtype_code", "abbe_psf_code", "abbe_step_code"):
        assert len(set(enums[name].values())) == len(enums[name]), name
    assert all(-(2**31) <= value < 2**31 for values in enums.values() for value in values.values())


def test_python_calls_what_the_header_declares(
    functions: dict[str, Any],
    callbacks: dict[str, Any],
    aliases: dict[str, str],
    handles: set[str],
    enums: dict[str, dict[str, int]],
) -> None:
    def wanted(kind: str) -> Any:
        base = aliases.get(kind.removeprefix("const ").rstrip("* "), kind.removeprefix("const ").rstrip("* "))
        if kind in callbacks:
            return getattr(_abi, kind)
        if kind == "void":
            return None
        if base == "char":
            return ctypes.c_char_p
        if base == "void" or base in handles and kind.count("*") == 1:
            return ctypes.c_void_p
        plain = ctypes.c_void_p if base in handles else getattr(ctypes, f"c_{base.removesuffix('_t')}", None)
        plain = ctypes.c_size_t if base == "size_t" else plain
        assert plain is not None, kind
        return ctypes.POINTER(plain) if "*" in kind else plain

    assert list(_abi.FUNCTIONS) == list(functions)
    for name, (result, parameters) in functions.items():
        assert _abi.FUNCTIONS[name][0] is wanted(result), name
        assert list(_abi.FUNCTIONS[name][1]) == [wanted(kind) for _, kind in parameters], name
    for name, (result, parameters) in callbacks.items():
        callback = getattr(_abi, name)
        assert callback._restype_ is wanted(result) and list(callback._argtypes_) == [
            wanted(kind) for _, kind in parameters
        ]
    for name, values in enums.items():
        assert name == "abbe_param_code" or getattr(_abi, name) == values


CSHARP_NUMBERS = {
    "int32_t": "int",
    "uint32_t": "uint",
    "int64_t": "long",
    "size_t": "UIntPtr",
    "float": "float",
    "double": "double",
}


def test_csharp_declares_what_the_header_declares(
    functions: dict[str, Any],
    callbacks: dict[str, Any],
    aliases: dict[str, str],
    handles: set[str],
    enums: dict[str, dict[str, int]],
) -> None:
    source = (ROOT / "bindings" / "dotnet" / "Abbe.cs").read_text()
    pattern = re.compile(
        r"\[DllImport\(Library, CallingConvention = CallingConvention\.Cdecl, ExactSpelling = true\)\]\s+"
        r"internal static extern (\S+) (\w+)\((.*?)\);"
    )
    declared = {name: (result, parameters) for result, name, parameters in pattern.findall(source)}
    # C# has no class for streams, see tests/bindings.rs.
    functions = {name: function for name, function in functions.items() if not name.startswith("abbe_stream_")}
    assert list(declared) == list(functions)

    def allowed(name: str, kind: str) -> set[str]:
        base = kind.removeprefix("const ").rstrip("* ")
        base = aliases.get(base, base)
        if kind in callbacks:
            return {kind}
        if base in handles:
            safe = "Abbe" + base.removeprefix("abbe_").capitalize()
            return {f"out {safe}"} if kind.count("*") == 2 else {"IntPtr" if name.endswith("_destroy") else safe}
        if base == "char":
            return {"[MarshalAs(UnmanagedType.LPUTF8Str)] string"} if "const" in kind else {"[Out] byte[]"}
        if base == "void":
            return {"IntPtr"}
        plain = CSHARP_NUMBERS[base]
        if "*" not in kind:
            return {plain}
        return {f"{plain}[]"} if "const" in kind else {f"out {plain}", f"[Out] {plain}[]"}

    results = {"void": "void", "const char *": "IntPtr"}
    for name, (result, parameters) in functions.items():
        base = aliases.get(result, result)
        assert declared[name][0] == results.get(result, CSHARP_NUMBERS.get(base)), name
        given = [one for one in declared[name][1].split(", ") if one]
        assert len(given) == len(parameters), name
        for text, (parameter, kind) in zip(given, parameters):
            spelling, _, called = text.rpartition(" ")
            assert called == parameter and spelling in allowed(name, kind), f"{text} of {name} for {kind}"
    for name, (result, parameters) in callbacks.items():
        kinds = [CSHARP_NUMBERS.get(kind, "IntPtr") for _, kind in parameters]
        told = ", ".join(f"{kind} {parameter}" for kind, (parameter, _) in zip(kinds, parameters))
        assert f"public delegate {CSHARP_NUMBERS.get(result, result)} {name}({told});" in source
    for name, values in enums.items():
        body = re.search(rf"public enum {name}\s*{{(.*?)}}", source, re.S)
        assert body, name
        pairs = re.findall(r"(\w+) = (-?\d+),", body[1])
        assert {constant: int(value) for constant, value in pairs} == values


def test_the_page_for_labview_has_every_function_parameter_and_constant(
    functions: dict[str, Any], callbacks: dict[str, Any], aliases: dict[str, str], enums: dict[str, dict[str, int]]
) -> None:
    page = (ROOT / "docs" / "labview.md").read_text()
    widths = {
        "int32_t": "Signed 32-bit Integer",
        "uint32_t": "Unsigned 32-bit Integer",
        "int64_t": "Signed 64-bit Integer",
        "size_t": "Unsigned Pointer-sized Integer",
        "float": "4-byte Single",
        "double": "8-byte Double",
    }
    tables = dict(re.findall(r"### (abbe_\w+)\n(.*?)(?=\n###|\Z)", page, re.S))
    assert list(tables) == list(functions)
    for name, (result, parameters) in functions.items():
        rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in tables[name].splitlines() if "|" in line]
        assert rows[2][0] == "return type"
        assert [row[0] for row in rows[3:]] == [f"`{parameter}`" for parameter, _ in parameters], name
        for row, (parameter, kind) in zip(rows[3:], parameters):
            base = kind.removeprefix("const ").rstrip("* ")
            base = aliases.get(base, base)
            if base in widths:
                assert row[2] == widths[base] and row[1] in (("Array", "Numeric") if "*" in kind else ("Numeric",))
            elif kind in callbacks or base.startswith("abbe_"):
                assert row[2] == "Unsigned Pointer-sized Integer"
            elif base == "char":
                assert row[1] == "String"
    for values in enums.values():
        for constant, value in values.items():
            assert f"| `{constant}` | {value} |" in page
