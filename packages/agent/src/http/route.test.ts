import { describe, expect, it } from "vitest";
import * as z from "zod";
import { ApiError } from "./errors.ts";
import { fromFetch } from "./exchange.ts";
import { readingRoute } from "./route.ts";
import { pathOf, Router } from "./router.ts";

const route = readingRoute({
  method: "GET",
  path: "/v1/things/{name}",
  operation: "getThing",
  summary: "a thing",
  query: { count: z.coerce.number("a number").default(1), word: z.string().optional() },
  answer: z.object({ name: z.string(), count: z.number(), word: z.string().optional() }),
  handle: ({ params: { name }, query: { count, word } }) => ({
    name,
    count,
    ...(word !== undefined && { word }),
  }),
});
const router = new Router([route]);

async function ask(target: string): Promise<unknown> {
  const request = fromFetch(new Request(`http://127.0.0.1${target}`));
  const match = router.find("GET", pathOf(request.url));
  if (match === undefined) return "no route";
  const { body } = await match.route.serve(request, match.params);
  return JSON.parse(body as string);
}

describe("a route", () => {
  it("reads what comes behind the question mark, and leaves what it does not know", async () => {
    expect(await ask("/v1/things/a")).toEqual({ name: "a", count: 1 });
    expect(await ask("/v1/things/a?word=x%20y&count=7&more=1")).toEqual({
      name: "a",
      count: 7,
      word: "x y",
    });
  });

  it("refuses what does not fit its schema", async () => {
    const refusal = ask("/v1/things/a?count=many").catch((error: unknown) => error);
    expect(await refusal).toBeInstanceOf(ApiError);
    expect(await refusal).toMatchObject({ code: "ERR_QUERY", message: "count: expected a number" });
  });

  it.each(["/v1/things", "/v1/things/", "/v1/things/a/b", "/v1/things/%ff", "/v1//things/a"])(
    "is not found at %o",
    async (target) => {
      expect(await ask(target)).toBe("no route");
    },
  );
});

it.each([
  ["/v1/self", "/v1/self"],
  ["/v1/self?a=/b", "/v1/self"],
  ["http://127.0.0.1:7980/v1/self?x", "/v1/self"],
  ["http://127.0.0.1:7980", "/"],
  ["*", "*"],
])("the path of %o is %o", (url, path) => {
  expect(pathOf(url)).toBe(path);
});
