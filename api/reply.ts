/** What a route answers with; how it travels is decided in one place. */
import type { Problem } from "./problem.ts";

type Headers = Readonly<Record<string, string>>;

export type Reply =
  | {
      readonly kind: "json";
      readonly status: 200 | 201 | 503;
      readonly body: unknown;
      readonly headers: Headers;
    }
  | { readonly kind: "text"; readonly contentType: string; readonly body: string }
  | { readonly kind: "not_modified"; readonly headers: Headers }
  | Problem;

export const json = (body: unknown, headers: Headers = {}): Reply => ({
  kind: "json",
  status: 200,
  body,
  headers,
});

export const created = (body: unknown, headers: Headers = {}): Reply => ({
  kind: "json",
  status: 201,
  body,
  headers,
});
