/**
 * Analysts' own rules: Sigma files → compiled correlations. What is not supported, or cannot be, stops the start with
 * file, line and reason, all of it at once.
 */
import { createHash } from "node:crypto";
import type { z } from "zod";
import { ConfigError } from "../../ingest/runtime/config.ts";
import type { AccessEvent } from "../../ingest/vocabulary/event.ts";
import { openYaml, type YamlText } from "../parameters/yaml-text.ts";
import { compileCondition, type Predicate, someOf } from "./sigma-condition.ts";
import {
  type CorrelationDocument,
  correlationSchema,
  type RuleDocument,
  ruleSchema,
} from "./sigma-document.ts";
import { noSuchField, sigmaFields } from "./sigma-field.ts";
import {
  compileThreshold,
  faultOf,
  type GroupField,
  metaOf,
  type SigmaRule,
  sigmaPrefix,
} from "./sigma-rule.ts";
import { compileSearch, type SearchSource } from "./sigma-search.ts";

/** Correlations, of all files together. */
export const sigmaRulesMax = 64;
const nameShape = /^[A-Za-z0-9_-]{1,64}$/;

export interface RuleSource {
  readonly file: string;
  readonly text: string;
}

type Path = readonly PropertyKey[];
type Refuse = SearchSource["refuse"];

interface Read<Document> extends SearchSource {
  readonly document: Document;
}

/** In the order of the files. Throws `ConfigError`. */
export function compileSigma(sources: readonly RuleSource[]): readonly SigmaRule[] {
  const problems: string[] = [];
  const rules: Read<RuleDocument>[] = [];
  const correlations: Read<CorrelationDocument>[] = [];
  let documents = 0;
  for (const { file, text } of sources) {
    for (const yaml of openYaml(file, text)) {
      const refuse = refuserOf(yaml, problems);
      documents += 1;
      const isCorrelation = hasKey(yaml.value, "correlation");
      if (isCorrelation) take(correlationSchema, yaml, { refuse, into: correlations });
      else take(ruleSchema, yaml, { refuse, into: rules });
    }
  }
  const selections = rules.map((rule) => ({ ...rule, matches: compileRule(rule) }));
  const compiled = correlations.map((one) => compileCorrelation(one, selections));
  refuseTwins([...rules, ...correlations]);
  // What could not be read may be what refers to it.
  if (rules.length + correlations.length === documents) refuseUnused(selections, correlations);
  correlations[sigmaRulesMax]?.refuse([], `expected at most ${sigmaRulesMax} correlations`);
  if (problems.length > 0) throw new ConfigError(problems);
  return compiled;
}

const hasKey = (value: unknown, key: string): boolean =>
  typeof value === "object" && value !== null && Object.hasOwn(value, key);

const refuserOf =
  (yaml: YamlText, problems: string[]): Refuse =>
  (path, told) => {
    const where = path.map(String).join(".");
    const place = where === "" ? "" : `${where}: `;
    problems.push(`${yaml.whereIs(path)}: ${place}${told}${yaml.foundAt(path)}`);
  };

function take<Document>(
  schema: z.ZodType<Document>,
  { value, writtenAt }: YamlText,
  { refuse, into }: { readonly refuse: Refuse; readonly into: Read<Document>[] },
): void {
  const parsed = schema.safeParse(value);
  if (parsed.success) into.push({ document: parsed.data, refuse, writtenAt });
  else for (const issue of parsed.error.issues) refuseIssue(issue, refuse);
}

function refuseIssue(issue: z.core.$ZodIssue, refuse: Refuse): void {
  if (issue.code === "unrecognized_keys") {
    for (const key of issue.keys) {
      refuse([...issue.path, key], "no key of Sigma, or one that is not supported");
    }
  } else if (issue.code === "invalid_union" && issue.path.at(-1) === "type") {
    refuse(issue.path, "expected event_count or value_count; no other correlation is supported");
  } else if (issue.code === "custom") refuse(issue.path, `expected ${issue.message}`);
  else refuse(issue.path, issue.message);
}

function compileRule({ document, ...source }: Read<RuleDocument>): Predicate<AccessEvent> {
  const { condition, ...searches } = document.detection;
  const compiled = new Map(
    Object.entries(searches).map(([name, search]) => [
      name,
      compileSearch(search, ["detection", name], source),
    ]),
  );
  const texts = typeof condition === "string" ? [condition] : condition;
  return someOf(
    texts.map((text, n) => {
      const found = compileCondition(text, compiled);
      if (typeof found === "function") return found;
      const path = ["detection", "condition", ...(typeof condition === "string" ? [] : [n])];
      source.refuse(path, found.refused);
      return () => false;
    }),
  );
}

interface Selection extends Read<RuleDocument> {
  readonly matches: Predicate<AccessEvent>;
}

const isCalled = (name: string, { id, name: own }: RuleDocument): boolean =>
  id === name || own === name;

function compileCorrelation(
  { document, refuse }: Read<CorrelationDocument>,
  selections: readonly Selection[],
): SigmaRule {
  const { correlation } = document;
  const name = document.name ?? document.id ?? "";
  if (!nameShape.test(name)) {
    refuse(["name"], "expected a name, or else an id, of up to 64 letters, digits, _ and -");
  }
  const fault = faultOf(correlation.condition);
  if (fault !== undefined) refuse(["correlation", "condition"], fault);
  const referred = correlation.rules.flatMap((wanted, n) => {
    const found = selections.find(({ document: one }) => isCalled(wanted, one));
    if (found === undefined) {
      refuse(["correlation", "rules", n], "no rule of that name or id selects access events");
    }
    return found === undefined ? [] : [found];
  });
  const fieldAt = (field: string, path: Path): GroupField[] => {
    const found = sigmaFields.get(field);
    if (found === undefined) refuse(path, noSuchField(field));
    return found === undefined ? [] : [{ name: field, ...found }];
  };
  const groupBy = correlation["group-by"].flatMap((field, n) =>
    fieldAt(field, ["correlation", "group-by", n]),
  );
  if (groupBy.filter(({ isMany }) => isMany === true).length > 1) {
    refuse(["correlation", "group-by"], "expected at most one field that has several values");
  }
  const [counted] =
    correlation.type === "value_count"
      ? fieldAt(correlation.condition.field, ["correlation", "condition", "field"])
      : [];
  const made = [document, ...referred.map((one) => one.document)];
  const id = `${sigmaPrefix}${name}`;
  return {
    id,
    meta: metaOf(id, document),
    matches: someOf(referred.map(({ matches }) => matches)),
    groupBy,
    counted,
    timespan: correlation.timespan,
    ...compileThreshold(correlation.condition),
    digest: createHash("sha256").update(JSON.stringify(made)).digest("hex").slice(0, 32),
  };
}

/** A name or an id that two have would make a reference mean either. */
function refuseTwins(
  all: readonly Read<{ readonly id?: string | undefined; readonly name?: string | undefined }>[],
): void {
  const owners = new Map<string, unknown>();
  for (const { document, refuse } of all) {
    for (const key of ["id", "name"] as const) {
      const value = document[key];
      if (value === undefined) continue;
      const owner = owners.get(value) ?? document;
      if (owner !== document) refuse([key], "expected one that no other rule has");
      owners.set(value, owner);
    }
  }
}

/** By itself a rule alerts of nothing; one that nobody refers to was meant to. */
function refuseUnused(
  rules: readonly Selection[],
  correlations: readonly Read<CorrelationDocument>[],
): void {
  const wanted = correlations.flatMap(({ document }) => document.correlation.rules);
  for (const { document, refuse } of rules) {
    if (!wanted.some((name) => isCalled(name, document))) {
      refuse(
        ["title"],
        "no correlation refers to this rule by its name or id, so it would do nothing",
      );
    }
  }
}
