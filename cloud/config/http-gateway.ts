/** Settings of a text gateway that is reached by a template: the request, and how its answer is read. */
import { z } from "zod";
import { list } from "../../shared/config/fields.ts";
import { parseJson } from "../../shared/parse-json.ts";
import type { Secret } from "../../shared/secret.ts";
import {
  type BodyFormat,
  fillBody,
  type Placeholder,
  PLACEHOLDERS,
  placeholdersIn,
} from "./message-template.ts";

const answerPath = () =>
  z
    .string()
    .max(256)
    .regex(/^[\w-]+(?:\.[\w-]+)*$/, "must be names and numbers with dots, such as messages.0.status");
const answerValues = () => list(z.coerce.string().max(128), 32);

/** The header that the request itself decides on. */
const OWN_HEADERS = /^(?:host|content-length|connection|transfer-encoding|upgrade|expect)$/i;

export const httpFields = {
  method: z
    .enum(["POST", "PUT", "GET"])
    .optional()
    .meta({ description: "http: method of the request; POST when left out", example: "POST" }),
  headers: list(
    z
      .string()
      .max(2048)
      .regex(/^[A-Za-z0-9-]+: ?[\x20-\x7e]+$/, "must be Name: value, on one line")
      .refine((line) => !OWN_HEADERS.test(line.slice(0, line.indexOf(":"))), {
        error: "is a header that the request itself sets",
      }),
    16,
  )
    .optional()
    .meta({
      description: "http: headers of the request, with placeholders",
      example: ["Authorization: Bearer {secret}"],
    }),
  format: z.enum(["json", "form"]).optional().meta({
    description: "http: format of the body, which decides how values are escaped; json when left out",
    example: "json",
  }),
  body: z.string().min(1).max(8192).optional().meta({
    description: "http: body of the request, with placeholders",
    example: '{"to":"{to}","text":"{text}"}',
  }),
  username: z
    .string()
    .min(1)
    .max(256)
    .regex(/^[^:]*$/, "must not contain a colon")
    .optional()
    .meta({ description: "http: user name for {basic}", example: "latchkey" }),
  answer: z
    .strictObject({
      statusPath: answerPath()
        .optional()
        .meta({ description: "Where the JSON answer has its status", example: "messages.0.status" }),
      accepted: answerValues()
        .optional()
        .meta({
          description: "Values of statusPath that mean that the message was accepted",
          example: ["0"],
        }),
      busy: answerValues()
        .optional()
        .meta({ description: "Values of statusPath that mean: try again later", example: ["1"] }),
      contains: z
        .string()
        .min(1)
        .max(256)
        .optional()
        .meta({ description: "Text that an answer has when the message was accepted", example: "OK" }),
      idPath: answerPath().optional().meta({
        description: "Where the JSON answer has the gateway's id of the message",
        example: "messages.0.id",
      }),
      errorPath: answerPath()
        .optional()
        .meta({ description: "Where the JSON answer says why it refused", example: "messages.0.error-text" }),
    })
    .optional()
    .describe("http: how the answer is read; without it every answer with HTTP 2xx means accepted"),
};

interface Template {
  readonly url?: string | undefined;
  readonly method: "POST" | "PUT" | "GET";
  readonly headers: readonly string[];
  readonly format: BodyFormat;
  readonly body?: string | undefined;
  readonly from?: string | undefined;
  readonly username?: string | undefined;
  readonly secret?: Secret | undefined;
  readonly answer?:
    | { readonly statusPath?: string | undefined; readonly accepted?: readonly string[] | undefined }
    | undefined;
}

/** A sample with every character that matters to a format. */
const SAMPLE = `"\\ \n\u2028{}&=%+é`;

/** The keys that are wrong, each with the end of a sentence. */
export function problemsOfTemplate(template: Template): [key: string, message: string][] {
  const { url, method, headers, format, body, from, username, secret, answer } = template;
  const problems: [string, string][] = [];
  const inUrl = placeholdersIn(url ?? "");
  const inHeaders = headers.flatMap(placeholdersIn);
  const inBody = placeholdersIn(body ?? "");
  const all = new Set([...inUrl, ...inHeaders, ...inBody]);

  if (url === undefined) problems.push(["url", "is missing"]);
  else if (placeholdersIn(originOf(url)).length > 0)
    problems.push(["url", "may have placeholders in path and query only"]);
  for (const [key, names] of [
    ["url", inUrl],
    ["headers", inHeaders],
    ["body", inBody],
  ] as const)
    for (const name of names)
      if (!(PLACEHOLDERS as readonly string[]).includes(name))
        problems.push([
          key,
          `{${name}} is no placeholder; there are ${PLACEHOLDERS.map((one) => `{${one}}`).join(", ")}`,
        ]);
  if (inHeaders.includes("text"))
    problems.push(["headers", "{text} is for the URL or the body: it may have line breaks"]);
  if (!all.has("text")) problems.push([method === "GET" ? "url" : "body", "has no {text}"]);
  if (!all.has("to") && !all.has("toDigits"))
    problems.push([method === "GET" ? "url" : "body", "has neither {to} nor {toDigits}"]);
  if (method === "GET" && body !== undefined) problems.push(["body", "is not sent with GET"]);
  if (body !== undefined && format === "json" && !isJsonTemplate(body))
    problems.push([
      "body",
      'is no JSON once it is filled: each placeholder belongs between quotes, such as {"to":"{to}"}',
    ]);
  const needs = (name: Placeholder, key: string, isThere: boolean): void => {
    if (all.has(name) && !isThere) problems.push([key, `is missing: {${name}} needs it`]);
  };
  needs("from", "from", from !== undefined);
  needs("secret", "secret", secret !== undefined);
  needs("basic", "username", username !== undefined);
  needs("basic", "secret", secret !== undefined);
  if ((answer?.statusPath === undefined) !== (answer?.accepted === undefined))
    problems.push(["answer", "statusPath and accepted need each other"]);
  return problems;
}

/** The URL up to its path, as it is written. */
const originOf = (url: string): string => /^[a-z]+:\/\/[^/?#]*/i.exec(url)?.[0] ?? url;

function isJsonTemplate(body: string): boolean {
  const values = Object.fromEntries(PLACEHOLDERS.map((name) => [name, SAMPLE])) as Record<
    Placeholder,
    string
  >;
  return parseJson(fillBody(body, "json", values)) !== undefined;
}
