"""Operators of Python's own syntax tree as those of libcst.

A script's own say nothing but which they are: one object stands for all of a kind.
"""

from __future__ import annotations

import ast

import libcst as cst

OPERATORS: dict[type[ast.AST], str] = {
    ast.Add: "Add",
    ast.Sub: "Subtract",
    ast.Mult: "Multiply",
    ast.MatMult: "MatrixMultiply",
    ast.Div: "Divide",
    ast.Mod: "Modulo",
    ast.Pow: "Power",
    ast.LShift: "LeftShift",
    ast.RShift: "RightShift",
    ast.BitOr: "BitOr",
    ast.BitXor: "BitXor",
    ast.BitAnd: "BitAnd",
    ast.FloorDiv: "FloorDivide",
}
BINARY = {kind: getattr(cst, name)() for kind, name in OPERATORS.items()}
AUGMENTED = {kind: getattr(cst, f"{name}Assign")() for kind, name in OPERATORS.items()}
UNARY = {
    ast.UAdd: cst.Plus(),
    ast.USub: cst.Minus(),
    ast.Invert: cst.BitInvert(),
    ast.Not: cst.Not(),
}
BOOLEAN = {ast.And: cst.And(), ast.Or: cst.Or()}
COMPARING = {
    ast.Eq: cst.Equal(),
    ast.NotEq: cst.NotEqual(),
    ast.Lt: cst.LessThan(),
    ast.LtE: cst.LessThanEqual(),
    ast.Gt: cst.GreaterThan(),
    ast.GtE: cst.GreaterThanEqual(),
    ast.Is: cst.Is(),
    ast.IsNot: cst.IsNot(),
    ast.In: cst.In(),
    ast.NotIn: cst.NotIn(),
}
