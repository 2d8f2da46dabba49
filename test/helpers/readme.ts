/** The commands that the README tells its readers to type. */
import { readFileSync } from "node:fs";
import { join } from "node:path";

/** Every fenced shell block below the heading that begins with `heading`, up to the next heading. */
export const commandsBelow = (heading: string): readonly string[] => fencedBelow(heading, "sh");

/** Every fenced block of that language below the heading that begins with `heading`, up to the next heading. */
export function fencedBelow(heading: string, language: string): readonly string[] {
  const readme = readFileSync(join(__dirname, "../../README.md"), "utf8");
  const from = readme.indexOf(`\n## ${heading}`);
  if (from === -1) throw new Error(`README.md has no heading ${heading}`);
  const end = readme.indexOf("\n## ", from + 1);
  const section = readme.slice(from, end === -1 ? undefined : end);
  const fenced = new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``, "g");
  return [...section.matchAll(fenced)].map((match) => match[1] ?? "");
}
