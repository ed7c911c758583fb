/**
 * The API as an OpenAPI 3.1 document, made of the schemas that its routes check and answer with.
 * @module
 */
import * as z from "zod";
import { errorSchema, statusOf } from "./errors.ts";
import { eventSchema } from "./event-json.ts";
import { explanationSchema } from "./explain-json.ts";
import { keysSchema } from "./key-routes.ts";
import { memberSchema, reasonSchema } from "./member-json.ts";
import type { AnswerKind, BodyKind, Route, RouteErrorCode } from "./route.ts";
import { topicMessageSchema } from "./topic-routes.ts";

/** Raised with the API: a part of the path, which changes when something is taken away or means something else. */
const API_VERSION = "1";

type Json = Readonly<Record<string, unknown>>;

/** Schemas that have a name in the document; all others stand where they are used. */
const NAMED: Readonly<Record<string, z.ZodType>> = {
  Error: errorSchema,
  Event: eventSchema,
  Explanation: explanationSchema,
  Keys: keysSchema,
  Member: memberSchema,
  Reason: reasonSchema,
  TopicMessage: topicMessageSchema,
};

/** Stands for a schema without a name while it is written out. */
const HERE = "here";

/** What any request can be refused with. */
const COMMON_ERRORS: readonly RouteErrorCode[] = ["ERR_HOST", "ERR_INTERNAL"];

/** And what those that are not for everybody, too. */
const GUARD_ERRORS: readonly RouteErrorCode[] = [
  "ERR_ORIGIN",
  "ERR_TOKEN",
  "ERR_TOO_MANY_REQUESTS",
];

const DESCRIPTION =
  "A member of a gossip cluster: who is there and why, its tags, keys and topics, and what happens, as it happens. " +
  "Codes of errors are stable, messages are not. Answers may get new fields.";

export function openApiDocument(routes: readonly Route[]): Json {
  const paths: Record<string, Record<string, Json>> = {};
  for (const route of routes) {
    (paths[route.path] ??= {})[route.method.toLowerCase()] = operationOf(route);
  }
  return {
    openapi: "3.1.0",
    info: { title: "hearsay agent", version: API_VERSION, description: DESCRIPTION },
    servers: [{ url: "http://127.0.0.1:7980" }],
    paths,
    components: {
      schemas: namedSchemas(),
      securitySchemes: { token: { type: "http", scheme: "bearer" } },
    },
    // An agent on loopback may have no token.
    security: [{}, { token: [] }],
  };
}

function operationOf(route: Route): Json {
  const {
    operation,
    summary,
    params,
    body,
    answer,
    errors = [],
    isOpen = false,
    query = {},
  } = route;
  const guards = isOpen ? [] : GUARD_ERRORS;
  const queryErrors: RouteErrorCode[] = Object.keys(query).length > 0 ? ["ERR_QUERY"] : [];
  const inPath = params.map((name) => {
    return { name, in: "path", required: true, schema: { type: "string" } };
  });
  const inQuery = Object.entries(query).map(([name, schema]) => {
    return { name, in: "query", schema: schemaOf(schema, "input") };
  });
  const parameters = [...inPath, ...inQuery];
  return {
    operationId: operation,
    summary,
    ...(isOpen && { security: [] }),
    ...(parameters.length > 0 && { parameters }),
    ...(body !== undefined && { requestBody: { required: true, content: bodyContent(body) } }),
    responses: {
      "200": { description: summary, content: answerContent(answer) },
      ...errorResponses([
        ...errors,
        ...bodyErrors(body),
        ...queryErrors,
        ...guards,
        ...COMMON_ERRORS,
      ]),
    },
  };
}

function bodyContent(body: BodyKind): Json {
  if ("schema" in body) {
    return { "application/json": { schema: schemaOf(body.schema, "input") } };
  }
  const schema = { description: body.bytes, maxLength: body.maxBytes };
  return { "application/octet-stream": { schema } };
}

function bodyErrors(body: BodyKind | undefined): readonly RouteErrorCode[] {
  if (body === undefined) return [];
  return "schema" in body
    ? ["ERR_BODY", "ERR_MEDIA_TYPE", "ERR_BODY_TOO_LARGE"]
    : ["ERR_BODY_TOO_LARGE"];
}

function answerContent(answer: AnswerKind): Json {
  switch (answer.kind) {
    case "json":
      return { "application/json": { schema: schemaOf(answer.schema, "output") } };
    case "events":
      // OpenAPI 3.1 has no word for a stream of events: this is the data of each.
      return { "text/event-stream": { schema: schemaOf(answer.schema, "output") } };
    case "text":
      return { [answer.type]: { schema: { type: "string" } } };
  }
}

/** One response a status, with the codes that go with it. */
function errorResponses(codes: readonly RouteErrorCode[]): Json {
  const byStatus = new Map<number, Set<RouteErrorCode>>();
  for (const code of codes) {
    const status = statusOf(code);
    byStatus.set(status, (byStatus.get(status) ?? new Set()).add(code));
  }
  const statuses = [...byStatus].toSorted(([a], [b]) => a - b);
  const content = { "application/json": { schema: { $ref: ref("Error") } } };
  return Object.fromEntries(
    statuses.map(([status, own]) => {
      return [status, { description: [...own].toSorted().join(", "), content }];
    }),
  );
}

function ref(name: string): string {
  return `#/components/schemas/${name}`;
}

function namedSchemas(): Json {
  const registry = z.registry<{ id: string }>();
  for (const [id, schema] of Object.entries(NAMED)) registry.add(schema, { id });
  const { schemas } = z.toJSONSchema(registry, { uri: ref, io: "output", override: open });
  return Object.fromEntries(Object.entries(schemas).map(([id, schema]) => [id, bare(schema)]));
}

/** A schema where it is used, with references to those that have a name. */
function schemaOf(schema: z.ZodType, io: "input" | "output"): Json {
  const registry = z.registry<{ id: string }>();
  for (const [id, named] of Object.entries(NAMED)) registry.add(named, { id });
  const name = registry.get(schema)?.id;
  if (name !== undefined) return { $ref: ref(name) };
  registry.add(schema, { id: HERE });
  const override = io === "output" ? open : plain;
  const { schemas } = z.toJSONSchema(registry, { uri: ref, io, override });
  return bare(schemas[HERE] as Json);
}

function bare(schema: object): Json {
  const { $schema: _schema, $id: _id, ...rest } = schema as Record<string, unknown>;
  return rest;
}

/** What else `override` is told of a schema is of no use here. */
interface Written {
  readonly jsonSchema: { format?: string; pattern?: string; additionalProperties?: unknown };
}

/** `format` says it, and a pattern of 300 characters says no more. */
function plain({ jsonSchema }: Written): void {
  if (jsonSchema.format === "date-time") delete jsonSchema.pattern;
}

/** Answers may get new fields. */
function open(written: Written): void {
  plain(written);
  if (written.jsonSchema.additionalProperties === false)
    delete written.jsonSchema.additionalProperties;
}
