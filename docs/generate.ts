/**
 * Makes docs/configuration.md, docs/errors.md, docs/limits.md and config/*.example.yaml from the schemas and the tables of errors and
 * limits, and the table of rooms in ARCHITECTURE.md from test/static/rooms.ts.
 *
 *   npm run docs:generate      writes them
 *   npm run docs:check         ends with 1 and names the outdated files
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { AGENT_ENVIRONMENT_PREFIX, agentConfigSchema } from "../agent/config.ts";
import { CLOUD_ENVIRONMENT_PREFIX, cloudConfigSchema } from "../cloud/config/config.ts";
import { type LimitName, LIMITS } from "../cloud/limits/counters.ts";
import { defaultText } from "../cloud/limits/thresholds.ts";
import { policySchema } from "../shared/api/policy.ts";
import { EXIT_CODES_HELP } from "../shared/command.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "../shared/durations.ts";
import { ERROR_CODES, ERRORS } from "../shared/errors.ts";
import { withRooms } from "./room-table.ts";

interface Node {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly defaultText?: string;
  readonly example?: unknown;
  readonly classification?: string;
  readonly enum?: readonly unknown[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly properties?: Readonly<Record<string, Node>>;
  readonly required?: readonly string[];
  readonly items?: Node;
  readonly anyOf?: readonly Node[];
}

/** One key of a configuration file, as its reader sees it. */
interface Key {
  readonly path: readonly string[];
  readonly node: Node;
  readonly required: boolean;
  /** The optional group that holds the key. The key is required only where the group is given. */
  readonly group: string | null;
}

const root = join(import.meta.dirname, "..");

const nodeOf = (schema: z.ZodType): Node =>
  z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }) as unknown as Node;

const isGroup = (node: Node): boolean => node.properties !== undefined;
const isList = (node: Node): boolean => node.type === "array" || Array.isArray(node.default);
/** Names the key of a file: the configuration names a file that holds the secret. */
const fileKey = (name: string, node: Node): string =>
  node.classification === "secret" ? `${name}File` : name;

function keysOf(node: Node, path: readonly string[] = [], group: string | null = null): Key[] {
  return Object.entries(node.properties ?? {}).flatMap(([name, child]) => {
    const here = [...path, fileKey(name, child)];
    const required = node.required?.includes(name) ?? false;
    const inner =
      child.items !== undefined && isGroup(child.items)
        ? keysOf(child.items, [...here, "[]"], required ? group : here.join("."))
        : [];
    if (!isGroup(child)) return [{ path: here, node: child, required, group }, ...inner];
    return keysOf(child, here, required || child.default !== undefined ? group : here.join("."));
  });
}

// ---- config/*.example.yaml -----------------------------------------------------------------------------------------

const SECRET_PATHS: Readonly<Record<string, string>> = {
  "directory.bind.passwordFile": "/etc/latchkey/bind-password",
  "directory.writebackBind.passwordFile": "/etc/latchkey/writeback-password",
  "redis.passwordFile": "/etc/latchkey/redis-password",
};

/** Optional keys and groups that the example shows, because the installation guide uses them. */
const RECOMMENDED: ReadonlySet<string> = new Set([
  "directory.bind.dn",
  "directory.bind.passwordFile",
  "directory.writebackBind",
  "directory.writebackBind.dn",
  "directory.writebackBind.passwordFile",
]);

function scalar(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(scalar).join(", ")}]`;
  if (typeof value !== "string") return JSON.stringify(value);
  return /^[\w./:@-]+$/.test(value) && !/^(true|false|off|on|yes|no|null|[\d.]+)$/i.test(value)
    ? value
    : JSON.stringify(value);
}

function yamlOf(node: Node, indent = "", path: readonly string[] = []): string[] {
  return Object.entries(node.properties ?? {}).flatMap(([name, child]) => {
    const key = fileKey(name, child);
    const here = [...path, key];
    const required = node.required?.includes(name) ?? false;
    const comment = child.description === undefined ? [] : [`${indent}# ${child.description}`];
    const spaced = path.length === 0 ? ["", ...comment] : comment;
    if (isGroup(child)) {
      const inner = yamlOf(child, `${indent}  `, here);
      const optional = !required && child.default === undefined && !RECOMMENDED.has(here.join("."));
      const lines = [`${indent}${key}:`, ...inner];
      return [...spaced, ...(optional ? lines.map(commentOut) : lines)];
    }
    if (child.items !== undefined && isGroup(child.items)) {
      const [first = "", ...rest] = yamlOf(child.items, `${indent}    `, here).filter(
        (line) => !line.trim().startsWith("# "),
      );
      const lines = [`${indent}${key}:`, `${indent}  - ${first.trim()}`, ...rest];
      return [...spaced, ...(required ? lines : lines.map(commentOut))];
    }
    const secretPath = SECRET_PATHS[here.join(".")];
    const value = child.example ?? secretPath ?? child.default;
    const text = `${indent}${key}: ${value === undefined ? "" : scalar(value)}`.trimEnd();
    const optional = !required && child.default === undefined && !RECOMMENDED.has(here.join("."));
    return [
      ...spaced,
      optional || child.defaultText !== undefined
        ? commentOut(`${indent}${key}: ${child.defaultText ?? (value === undefined ? "…" : scalar(value))}`)
        : text,
    ];
  });
}

const commentOut = (line: string): string =>
  line.trim() === "" || line.trim().startsWith("#") ? line : line.replace(/^( *)/, "$1#");

const exampleOf = (title: string, schema: z.ZodType): string =>
  [
    `# ${title}`,
    "# Every key with its default. A key behind # is optional; docs/configuration.md says more.",
    ...yamlOf(nodeOf(schema)),
    "",
  ].join("\n");

// ---- docs/configuration.md -----------------------------------------------------------------------------------------

function valuesOf(node: Node): string {
  if (node.classification === "secret") return "path of a file";
  if (node.enum !== undefined) return node.enum.map((value) => `\`${String(value)}\``).join(", ");
  if (node.anyOf?.some((option) => option.type === "boolean") === true) return "`true`, `false`";
  if (isList(node)) return "list; JSON in the variable";
  if (node.minimum !== undefined && node.maximum !== undefined) return `${node.minimum} to ${node.maximum}`;
  return node.type === "integer" || node.type === "number" ? "number" : "text";
}

function defaultOf({ node, required, group }: Key): string {
  if (required) return group === null ? "**required**" : `required in \`${group.replaceAll(".[]", "[]")}\``;
  if (node.defaultText !== undefined) return node.defaultText;
  return node.default === undefined ? "" : `\`${scalar(node.default)}\``;
}

const environmentName = (prefix: string, path: readonly string[]): string =>
  `${prefix}_${path.map((key) => key.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()).join("__")}`;

function tableOf(prefix: string, schema: z.ZodType): string {
  const rows = keysOf(nodeOf(schema)).map((key) => {
    const name = key.path.join(".").replaceAll(".[]", "[]");
    const environment = name.includes("[]") ? "" : `\`${environmentName(prefix, key.path)}\``;
    return `| \`${name}\` | ${key.node.description ?? ""} | ${valuesOf(key.node)} | ${defaultOf(key)} | ${environment} |`;
  });
  return ["| key | meaning | values | default | environment |", "|---|---|---|---|---|", ...rows].join("\n");
}

const configurationPage = (): string => `# Configuration

Made by \`npm run docs:generate\` from the schemas in agent/config.ts and cloud/config/config.ts.

Use this page to look up a configuration key. Each program reads one YAML file. Later sources override earlier ones: the
defaults, the file, then the environment. In a variable's name, two underscores go one level deeper and one underscore
makes camel case. A list is JSON in a variable: \`LATCHKEY_AGENT_WRITEBACK__DENY='["CN=Service,OU=Groups,DC=example,DC=com"]'\`;
commas alone do not separate entries, because names contain them. A program stops with exit code 2 at an unknown key or a wrong value, and names every wrong key at once.
Secrets are in files of their own, named by keys that end in \`File\`; a secret cannot be written in the configuration.

## latchkey-agent

${tableOf(AGENT_ENVIRONMENT_PREFIX, agentConfigSchema)}

## latchkey-cloud

${tableOf(CLOUD_ENVIRONMENT_PREFIX, cloudConfigSchema)}
`;

// ---- docs/errors.md ------------------------------------------------------------------------------------------------

const errorsPage = (): string => `# Errors

Use this page to look up an error code. HTTP answers, frames, logs and command output contain the code, which never
changes; the texts may. \`npm run docs:generate\` makes this page from shared/errors.ts.

${EXIT_CODES_HELP}

| code | what failed, and why | what to do | HTTP | exit | may succeed if repeated |
|---|---|---|---|---|---|
${ERROR_CODES.map((code) => {
  const { meaning, fix, http, exit, retryable } = ERRORS[code];
  return `| \`${code}\` | ${meaning} | ${fix} | ${http} | ${exit} | ${retryable ? "yes" : "no"} |`;
}).join("\n")}
`;

// ---- docs/limits.md ------------------------------------------------------------------------------------------------

const LIFTED_BY = {
  helpdesk: "`latchkey user unblock`",
  administrator: "`latchkey limits lift`",
  time: "only time",
} as const;
const COUNTED_BY = {
  visit: "code",
  person: "user",
  destination: "number or address",
  network: "network",
  tenant: "tenant",
} as const;
const windowText = (ms: number): string => {
  if (ms % DAY_MS === 0) return ms === DAY_MS ? "a day" : `${ms / DAY_MS} days`;
  if (ms % HOUR_MS === 0) return ms === HOUR_MS ? "an hour" : `${ms / HOUR_MS} hours`;
  return ms === MINUTE_MS ? "a minute" : `${ms / MINUTE_MS} minutes`;
};
const limitRow = ([name, limit]: [string, (typeof LIMITS)[LimitName]]): string => {
  const { by, counts, windowMs, protects, liftedBy } = limit;
  const threshold = defaultText(limit, policySchema.parse({}).limits);
  const setting = "setting" in limit ? `\`${limit.setting}\`` : "";
  return `| \`${name}\` | ${COUNTED_BY[by]} | ${counts} | ${threshold} | ${windowText(windowMs)} | ${protects} | ${LIFTED_BY[liftedBy]} | ${setting} |`;
};

const limitsPage = (): string => `# Limits against abuse

Use this page to look up why something is withheld, and how to lift or change it. \`npm run docs:generate\` makes this page
from cloud/limits/counters.ts.

Each action is counted for its user first, so that one user stops only themselves; then for the network (IPv4 /24, IPv6
/48), so that one stranger stops only their own; and for the tenant last, where only different users and networks add up, or
where a part is kept for users and networks that have proved who they are before. Entering a right code or signing in gives
back what the visit took of the network and the tenant. Visitors who have signed in are not counted by network at all: a
whole office can register behind one address. Windows slide: nothing begins anew at an hour or at midnight.

If an office is larger than the numbers for strangers allow, name its networks in the policy. They are counted as a whole,
with numbers of their own:

\`\`\`yaml
limits:
  ownNetworks:
    - network: 203.0.113.0/24
      starts: 2000
      codes: 1000
      failedCodes: 150
\`\`\`

\`\`\`sh
latchkey limits list                        # limits that refuse now, and every limit with its threshold
latchkey limits show network_codes          # one limit, and for whom it refuses now
latchkey limits lift network_codes --for 203.0.113.0/24
latchkey user unblock alice@contoso.com     # the limits of one user
\`\`\`

A limit that refuses for the first time is in the log (\`limit.engaged\`) and in the metric
\`latchkey_cloud_limit_hits_total{limit}\`. When a limit that many users share withholds from many, the audit log gets
\`limit.engaged\`, and administrators are told.

Visitors see some limits: they are refused, blocked, or solve a dearer captcha. So that this tells no stranger which names
exist, names that do not exist are counted like the others. Two differences remain. Two names of one user share the user's
own limits, as a stranger who is blocked with both can find out. And a visitor from a network where the user has proved who
they are can find out that failures elsewhere do not count there; half of all names that do not exist behave the same.

While the tenant is under attack (\`attacked_people\` and \`attacking_networks\` are both exhausted), the captcha costs twenty
times as much, codes have ten digits, and a reset needs two methods. A user with one method is not shut out: after the
code, the new password can be set two minutes later.

| limit | of one | counts | most | within | protects | lifted by | set in the policy by |
|---|---|---|---|---|---|---|---|
${(Object.entries(LIMITS) as [LimitName, (typeof LIMITS)[LimitName]][]).map(limitRow).join("\n")}
`;

const pages: Readonly<Record<string, () => string>> = {
  "ARCHITECTURE.md": () => withRooms(readFileSync(join(root, "ARCHITECTURE.md"), "utf8")),
  "docs/configuration.md": configurationPage,
  "docs/errors.md": errorsPage,
  "docs/limits.md": limitsPage,
  "config/agent.example.yaml": () => exampleOf("latchkey-agent", agentConfigSchema),
  "config/cloud.example.yaml": () => exampleOf("latchkey-cloud", cloudConfigSchema),
};

/** Lists the generated files that differ from what the sources say. */
export function stalePages(): string[] {
  return Object.entries(pages)
    .filter(([file, make]) => {
      try {
        return readFileSync(join(root, file), "utf8") !== make();
      } catch {
        return true; // not there yet
      }
    })
    .map(([file]) => file);
}

if (process.argv[1] === import.meta.filename) {
  if (process.argv.includes("--check")) {
    const stale = stalePages();
    if (stale.length > 0) {
      process.stderr.write(`Not up to date: ${stale.join(", ")}. Run: npm run docs:generate\n`);
      process.exitCode = 1;
    }
  } else for (const [file, make] of Object.entries(pages)) writeFileSync(join(root, file), make());
}
