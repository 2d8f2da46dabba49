/** Folders and files that the user names: made where they are missing, or told of before any work is done. */
import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  mkdirSync,
  openSync,
  rmSync,
  statSync,
} from "node:fs";
import { dirname, resolve } from "node:path";

/** A folder or a file that cannot be had. The message names the setting, the path and what is in the way. */
export class PlaceError extends Error {
  readonly code = "config.place";
  constructor(setting: string, problem: string, expected: string) {
    super(`${setting}: ${problem}; expected ${expected}`);
    this.name = "PlaceError";
  }
}

const aFolder = "a folder that can be written, or the place for one";
const aFile = "a file that can be written, in a folder that is there";

/**
 * Makes the folder and those above it, one by one: asked for all of them at once, Node tries for ever where the system
 * has no place for any, as below /proc. `setting` is named in the error. Throws `PlaceError`.
 */
export function makeFolder(setting: string, path: string): void {
  const whole = resolve(path);
  try {
    for (const folder of missingOf(whole)) makeOne(folder);
    accessSync(whole, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (cause) {
    throw Object.assign(new PlaceError(setting, problemOf(whole, cause), aFolder), { cause });
  }
}

/** What is in the file stays, and one that is not there is not left behind. Throws `PlaceError`. */
export function checkFile(setting: string, path: string): void {
  const wasThere = existsSync(path);
  try {
    closeSync(openSync(path, "a"));
  } catch (cause) {
    throw Object.assign(new PlaceError(setting, fileProblemOf(path, cause), aFile), { cause });
  }
  if (!wasThere) rmSync(path, { force: true });
}

/** Outermost first. */
function missingOf(path: string): readonly string[] {
  const missing: string[] = [];
  for (let folder = path; !isFolder(folder); folder = dirname(folder)) missing.unshift(folder);
  return missing;
}

/** Throws `ENOTDIR` where something else is in its place; what is below that is not there. */
function isFolder(path: string): boolean {
  const found = statOf(path);
  if (found === undefined) return false;
  if (found.isDirectory()) return true;
  throw Object.assign(new Error(`${path} is no folder`), { code: "ENOTDIR", path });
}

function statOf(path: string) {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch (error) {
    if (detailsOf(error).code === "ENOTDIR") return undefined;
    throw error;
  }
}

/** Another process may have made it in between. */
function makeOne(folder: string): void {
  try {
    mkdirSync(folder);
  } catch (error) {
    if (!isFolder(folder)) throw error;
  }
}

function fileProblemOf(path: string, error: unknown): string {
  const { code } = detailsOf(error);
  if (code === "EISDIR") return `${path} is a folder`;
  if (code === "ENOTDIR") return `${path} is in no folder`;
  const hasFolder = code !== "ENOENT" || existsSync(dirname(path));
  return hasFolder ? problemOf(path, error) : `there is no folder ${dirname(path)}`;
}

function problemOf(path: string, error: unknown): string {
  const { code, path: at } = detailsOf(error);
  const place = at === "" || at === path ? path : `${path}: ${at}`;
  switch (code) {
    case "ENOTDIR":
      return `${place} is no folder`;
    case "EACCES":
    case "EPERM":
      return `${place} may not be used by this user`;
    case "EROFS":
      return `${place} is on a read-only file system`;
    case "ENOENT":
      return `${place} cannot be made: the file system takes none there`;
    default:
      return `${place} cannot be made (${code})`;
  }
}

/** By shape: an error of the system has not everywhere the class that one knows. */
function detailsOf(error: unknown): { readonly code: string; readonly path: string } {
  if (typeof error !== "object" || error === null) return { code: "unknown", path: "" };
  const code = "code" in error ? String(error.code) : "unknown";
  return { code, path: "path" in error ? String(error.path) : "" };
}
