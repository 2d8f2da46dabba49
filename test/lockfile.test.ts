/** The lock must hold on every platform: `npm ci` refuses one that lacks another platform's binaries. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";

const lockSchema = z.object({
  packages: z.record(
    z.string(),
    z.object({
      version: z.string().optional(),
      os: z.array(z.string()).optional(),
      optional: z.boolean().optional(),
      optionalDependencies: z.record(z.string(), z.string()).optional(),
    }),
  ),
});

const { packages } = lockSchema.parse(
  JSON.parse(readFileSync(join(import.meta.dirname, "..", "package-lock.json"), "utf8")),
);

it("the lock names every platform's binary package that a locked package can ask for", () => {
  const asked = Object.values(packages).flatMap((entry) =>
    Object.keys(entry.optionalDependencies ?? {}),
  );
  const locked = new Set(Object.keys(packages).map((path) => path.split("node_modules/").at(-1)));
  expect(asked.length).toBeGreaterThan(0);
  expect(asked.filter((name) => !locked.has(name))).toEqual([]);
});

it("a binary package of another platform is optional, so that its absence stops no install", () => {
  const bound = Object.entries(packages).filter(([, entry]) => entry.os !== undefined);
  expect(bound.filter(([, entry]) => entry.optional !== true).map(([path]) => path)).toEqual([]);
});
