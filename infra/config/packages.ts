/** Names of packages that a stack adds to its images. They reach a shell in the build, so nothing else passes. */
import { z } from "zod";

const debian = /^[a-z0-9][a-z0-9+.-]+(?:=[A-Za-z0-9.+:~-]+)?$/;
const python = /^[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?(?:\[[A-Za-z0-9._,-]+\])?(?:==[A-Za-z0-9.+!_-]+)?$/;

const list = (name: z.ZodString) => z.array(name, { error: "is not a list" }).default([]);
const text = z.string({ error: "is not text" });

/** Debian packages: `name`, or `name=version`. */
export const debianPackages = list(text.regex(debian, "is not a Debian package (name, or name=version)"));

/** Python packages: `name`, `name==version` or `name[extra]==version`. */
export const pythonPackages = list(
  text.regex(python, "is not a Python package (name, name==version or name[extra]==version)"),
);
