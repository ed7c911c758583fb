import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { FakeNode } from "../test/fake-node.ts";
import { createApi } from "./api.ts";
import { openApiDocument } from "./openapi.ts";

const DOCS = new URL("../../../../docs/", import.meta.url);

interface Operation {
  readonly operationId: string;
  readonly parameters?: readonly { readonly name: string }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { schema: object }>> };
  readonly responses: Readonly<Record<string, { content: Record<string, { schema: object }> }>>;
}

type Paths = Readonly<Record<string, Readonly<Record<string, Operation>>>>;

const { routes, fetch } = createApi(new FakeNode());
const document = openApiDocument(routes);

describe("the OpenAPI document", () => {
  // `npx vitest run openapi -u` writes it anew.
  it("is the one in docs, so that a change of the API is seen", async () => {
    const text = `${JSON.stringify(document, undefined, 2)}\n`;
    await expect(text).toMatchFileSnapshot(new URL("openapi.json", DOCS).pathname);
  });

  it("is served", async () => {
    const answer = await fetch(new Request("http://127.0.0.1/openapi.json"));
    expect(await answer.json()).toEqual(JSON.parse(JSON.stringify(document)));
  });

  it("has every route, with its parameters, and a schema of its body and its answer", () => {
    const paths = document["paths"] as Paths;
    const names = new Set<string>();
    for (const { method, path, params, body, query = {} } of routes) {
      const operation = paths[path]?.[method.toLowerCase()];
      expect(operation, `${method} ${path}`).toBeDefined();
      if (operation === undefined) continue;
      names.add(operation.operationId);
      expect(operation.parameters?.map(({ name }) => name) ?? []).toEqual([
        ...params,
        ...Object.keys(query),
      ]);
      const contents = [operation.responses["200"]?.content, operation.requestBody?.content];
      expect(contents[0]).toBeDefined();
      expect(contents[1] === undefined).toBe(body === undefined);
      for (const content of contents) {
        for (const { schema } of Object.values(content ?? {})) {
          expect(Object.keys(schema), `${method} ${path}`).not.toEqual([]);
        }
      }
    }
    const count = Object.values(paths).flatMap((operations) => Object.keys(operations)).length;
    expect([names.size, count]).toEqual([routes.length, routes.length]);
  });

  it("refers to nothing that it does not have", () => {
    const text = JSON.stringify(document);
    const { schemas } = document["components"] as { schemas: object };
    const refs = new Set([...text.matchAll(/"\$ref":"([^"]*)"/gu)].map(([, ref]) => ref));
    expect(refs.size).toBeGreaterThan(3);
    for (const ref of refs) {
      expect(ref).toMatch(/^#\/components\/schemas\/\w+$/u);
      expect(Object.keys(schemas)).toContain(ref?.split("/").at(-1));
    }
  });
});

it("docs/agent.md has every route", () => {
  const text = readFileSync(new URL("agent.md", DOCS), "utf8");
  for (const { method, path } of routes) {
    const shown = path.replaceAll(/\{(\w+)\}/gu, (_, name: string) => name.toUpperCase());
    expect(text, `${method} ${path}`).toContain(`| \`${method} ${shown}\``);
  }
});
