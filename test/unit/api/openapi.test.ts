import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import { apiOver, noStore } from "../../fixtures/api/api-harness.ts";
import { withFormats } from "../../fixtures/api/conformity.ts";

interface Operation {
  readonly operationId: string;
  readonly parameters?: readonly { readonly name: string; readonly in: string }[];
  readonly responses: Record<string, { content?: Record<string, { schema: object }> }>;
}

const operations = async (): Promise<[string, Operation][]> => {
  const { body } = await apiOver(noStore).call("get", "/openapi.json", { key: null });
  expect(body.openapi).toBe("3.1.0");
  return Object.entries<Record<string, Operation>>(body.paths).flatMap(([path, methods]) =>
    Object.values(methods).map((operation): [string, Operation] => [path, operation]),
  );
};

describe("the OpenAPI document", () => {
  it("gives every operation its own id and names every parameter of its path", async () => {
    const all = await operations();
    const ids = all.map(([, { operationId }]) => operationId);
    expect(new Set(ids).size).toBe(ids.length);
    for (const [path, { parameters = [] }] of all) {
      const inPath = parameters.filter((parameter) => parameter.in === "path");
      const names = inPath.map(({ name }) => `{${name}}`);
      expect(names).toEqual(path.match(/\{\w+\}/g) ?? []);
    }
  });

  it("describes a success, and every error as a problem document", async () => {
    const replies = (await operations()).flatMap(([path, { responses }]) =>
      Object.entries(responses).map(([status, { content = {} }]) => ({
        path,
        status: Number(status),
        types: Object.keys(content),
      })),
    );
    const succeeding = replies.filter(({ status }) => status < 300).map(({ path }) => path);
    expect(new Set(succeeding)).toEqual(new Set(replies.map(({ path }) => path)));
    // A failing readiness check is an answer of its own shape.
    const errors = replies.filter(({ path, status }) => status >= 400 && path !== "/readyz");
    expect(errors.length).toBeGreaterThan(50);
    for (const error of errors) expect(error.types).toEqual(["application/problem+json"]);
  });

  it("says of an alert what the published contract says", async () => {
    const { body } = await apiOver(noStore).call("get", "/openapi.json");
    const contract = JSON.parse(
      readFileSync(join(import.meta.dirname, "../../fixtures/contract/alert.schema.json"), "utf8"),
    );
    const { Alert } = body.components.schemas;
    expect(Object.keys(Alert.properties).sort()).toEqual(Object.keys(contract.properties).sort());
    expect([...Alert.required].sort()).toEqual([...contract.required].sort());
  });

  it("holds schemas that compile", async () => {
    const { body } = await apiOver(noStore).call("get", "/openapi.json");
    const ajv = withFormats(new Ajv2020({ strict: false }));
    ajv.addSchema({ $id: "document", ...body });
    for (const name of Object.keys(body.components.schemas)) {
      expect(() => ajv.compile({ $ref: `document#/components/schemas/${name}` })).not.toThrow();
    }
  });

  it("promises intervals of exactly two numbers, as the published contract does", async () => {
    const { body } = await apiOver(noStore).call("get", "/openapi.json");
    const { interval } = body.components.schemas.Alert.properties.reasons.items.properties;
    expect(interval).toEqual({
      type: "array",
      items: { type: "number" },
      minItems: 2,
      maxItems: 2,
    });
  });
});
