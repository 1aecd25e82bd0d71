/**
 * The rooms of the whole tree: the floor of each, what it owns, and which packages only some of them may import.
 *
 * test/static/architecture.test.ts holds the code to this list; docs/generate.ts writes ARCHITECTURE.md's table from it.
 */
export interface Room {
  /** A folder, with its last slash, or one file. The longest place that a path begins with is its room. */
  readonly place: string;
  readonly owns: string;
}

/** The parts of the product, and which of the others each may import. */
export const PARTS: Readonly<Record<string, readonly string[]>> = {
  shared: [],
  agent: ["shared"],
  cloud: ["shared"],
  cli: ["shared"],
  web: ["shared"],
  lab: ["agent", "shared", "tools"],
};

type Floor = readonly Room[];

/**
 * From the top down. A file may import from its own room and from lower floors of its part, never from the same floor or
 * upwards; imports of types count.
 */
const CLOUD: readonly Floor[] = [
  [{ place: "cloud/main.ts", owns: "the program `latchkey-cloud`: process, signals, exit code" }],
  [{ place: "cloud/commands/", owns: "its commands: `init`, `serve`, `records`" }],
  [{ place: "cloud/cloud.ts", owns: "assembles one node and closes it again" }],
  [{ place: "cloud/self-service.ts", owns: "assembles both portals and the services behind them" }],
  [
    {
      place: "cloud/portal/",
      owns: "both portals over HTTP: pages, forms, cookies, captcha, texts in five languages",
    },
  ],
  [{ place: "cloud/admin/", owns: "the REST API, its keys and roles, the OpenAPI document" }],
  [
    {
      place: "cloud/registration/",
      owns: "sessions of the registration portal: sign in, confirm methods, change the password",
    },
  ],
  [
    {
      place: "cloud/reset/",
      owns: "one attempt to reset or unlock: its steps, codes, the writeback at its end",
    },
  ],
  [
    { place: "cloud/alarms/", owns: "emails to administrators about important audit entries" },
    { place: "cloud/accounts/", owns: "requests to an agent about one account: look-up, sign-in" },
    {
      place: "cloud/people/",
      owns: "finding the user behind a typed name, their usable methods, their notices",
    },
  ],
  [
    {
      place: "cloud/gateway/",
      owns: "the agents' WebSocket: upgrade, one session per agent, requests across nodes",
    },
    { place: "cloud/policy/", owns: "the tenant's policy and what it decides about one user" },
    { place: "cloud/limits/", owns: "limits counted over all nodes: counter, threshold and window" },
  ],
  [
    { place: "cloud/sync/", owns: "sync runs: lease, forced runs, batches, deletions held for approval" },
    {
      place: "cloud/writeback/",
      owns: "writeback jobs: record, delivery to agents, waiting for verdicts, the sweep",
    },
    {
      place: "cloud/notify/",
      owns: "codes and notices: providers in order, templates, deliveries, the alarm when few codes are used",
    },
    { place: "cloud/enrollment/", owns: "one-time tokens, enrolling and approving agents" },
    { place: "cloud/metrics/", owns: "Prometheus metrics of a node" },
    { place: "cloud/owner-key.ts", owns: "the first API key, made by `init`" },
  ],
  [
    { place: "cloud/audit/", owns: "the audit log: hash chain, signed head, verification" },
    {
      place: "cloud/visits/",
      owns: "the parts of a visit that both portals share: session keys, one-time codes",
    },
    { place: "cloud/methods/", owns: "each method of proof: making its secret, checking an answer, masking" },
  ],
  [
    {
      place: "cloud/store/",
      owns: "Redis: every key (`keys.ts`), the functions that change state, records, embedded server",
    },
  ],
  [
    { place: "cloud/config/", owns: "the schema of `cloud.yaml`" },
    { place: "cloud/keys/", owns: "service, issuer, portal and record keys, in files" },
    { place: "cloud/background.ts", owns: "work that continues after a page was answered" },
    { place: "cloud/error-reply.ts", owns: "errors as HTTP answers" },
    { place: "cloud/ttl-cache.ts", owns: "a bounded cache whose entries expire" },
  ],
];

const AGENT: readonly Floor[] = [
  [{ place: "agent/main.ts", owns: "the program `latchkey-agent`: process, signals, exit code" }],
  [{ place: "agent/commands/", owns: "its commands: `run`, `enroll`, `doctor`, `sync`, `status` …" }],
  [{ place: "agent/agent.ts", owns: "assembles one agent and closes it again" }],
  [{ place: "agent/health/", owns: "the local endpoint (`status`, `sync`, `brake`), metrics, doctor" }],
  [{ place: "agent/account/", owns: "answers about one account; trying a password for a sign-in" }],
  [
    { place: "agent/sync/", owns: "a sync run: feed, users, batches, finish; schedule and dry run" },
    { place: "agent/writeback/", owns: "a writeback job: brakes, claim, journal, apply, receipt, recovery" },
  ],
  [
    { place: "agent/link/", owns: "the connection to the cloud: connect, keep alive, dispatch frames" },
    { place: "agent/password-lists/", owns: "banned and breached passwords" },
  ],
  [{ place: "agent/identity/", owns: "the state directory: keys made on the host, enrolment, rotation" }],
  [{ place: "agent/directory/create-directory.ts", owns: "assembles a `Directory` for a dialect" }],
  [
    {
      place: "agent/directory/checks/",
      owns: "doctor's checks of the directory: connection, rights, one user",
    },
  ],
  [
    {
      place: "agent/directory/passwords/",
      owns: "password changes, lockout, account state, password rules by dialect",
    },
  ],
  [
    {
      place: "agent/directory/directory-context.ts",
      owns: "the dependencies that a directory's parts share: sessions, base, scope",
    },
    {
      place: "agent/cloud-http.ts",
      owns: "HTTPS to the cloud: proxy, certificate authority, bounded answers",
    },
  ],
  [
    {
      place: "agent/directory/feeds/",
      owns: "the changes since a cursor: one feed for each kind of directory",
    },
  ],
  [
    {
      place: "agent/directory/groups/",
      owns: "groups and accounts that the configuration names: found, followed by id, their members",
    },
  ],
  [
    {
      place: "agent/directory/entries/",
      owns: "the meaning of an entry by dialect: id, names, enabled, protected",
    },
  ],
  [{ place: "agent/directory/ldap/", owns: "LDAP itself: BER, connections, controls, DNs, filters" }],
  [{ place: "agent/config.ts", owns: "the schema of `agent.yaml`" }],
  [
    { place: "agent/directory/directory.ts", owns: "the interface `Directory` and its types" },
    {
      place: "agent/directory/refuse-passwords.ts",
      owns: "refuses passwords that must not be sent to a directory",
    },
    {
      place: "agent/directory/refuse-ldap-debugging.ts",
      owns: "refuses to start while ldapts would log passwords",
    },
  ],
];

/** The parts whose rooms stand on floors. */
export const FLOORS: Readonly<Record<string, readonly Floor[]>> = { cloud: CLOUD, agent: AGENT };

/** Rooms without floors: among their files, only circles are forbidden. */
export const OTHER_ROOMS: readonly Room[] = [
  { place: "shared/protocol/", owns: "every frame between agent and cloud: schema, size, codec, version" },
  { place: "shared/sealing/", owns: "seals, signatures, tokens, receipts" },
  { place: "shared/api/", owns: "the bodies of the REST API, for `cloud/admin` and `cli`" },
  { place: "shared/config/", owns: "reading a configuration file and the environment" },
  { place: "shared/", owns: "errors, users, phone numbers, methods of proof, log, clock, secrets, commands" },
  { place: "cli/", owns: "the program `latchkey`, a client of the REST API" },
  { place: "web/", owns: "the code that runs in the browser: sealing, captcha, password meter, styles" },
  { place: "lab/", owns: "real directories and whole installations, for tests, demo and benchmarks" },
];

export const ROOMS: readonly Room[] = [...CLOUD.flat(), ...AGENT.flat(), ...OTHER_ROOMS];

/** Every package of the product that only some places may import. Each place listed does import it. */
export const ONLY_IN: Readonly<Record<string, readonly string[]>> = {
  ldapts: ["agent/directory/ldap/"],
  "node-cron": ["agent/sync/", "agent/config.ts"],
  ws: ["agent/link/", "cloud/gateway/"],
  "https-proxy-agent": ["agent/cloud-http.ts"],
  bullmq: ["cloud/writeback/"],
  ioredis: ["cloud/store/"],
  fastify: [
    "cloud/admin/",
    "cloud/cloud.ts",
    "cloud/gateway/",
    "cloud/notify/",
    "cloud/portal/",
    "cloud/self-service.ts",
  ],
  "fastify-type-provider-zod": ["cloud/admin/"],
  "@fastify/swagger": ["cloud/admin/"],
  "@fastify/cookie": ["cloud/portal/"],
  "@fastify/formbody": ["cloud/portal/"],
  "@fastify/static": ["cloud/portal/"],
  "@hpke/core": ["shared/sealing/"],
  nodemailer: ["cloud/notify/"],
  otpauth: ["cloud/methods/"],
  qrcode: ["cloud/portal/"],
  "ipaddr.js": ["shared/ip-address.ts"],
  "altcha-lib": ["cloud/portal/", "web/"],
  "@zxcvbn-ts/core": ["web/"],
  "@zxcvbn-ts/language-common": ["web/"],
  "@zxcvbn-ts/language-en": ["web/"],
  "libphonenumber-js": ["shared/", "agent/config.ts"],
  "prom-client": ["agent/health/", "cloud/metrics/"],
  winston: ["shared/"],
  ulid: ["shared/"],
  "cli-table3": ["shared/"],
  yaml: ["shared/config/", "cli/"],
  commander: ["shared/", "agent/commands/", "cloud/commands/", "cloud/main.ts", "cli/"],
  read: ["cli/"],
};

/** Packages that any room may import. */
export const ANYWHERE: readonly string[] = ["zod"];

/** The room of a file; undefined when it is in none. */
export function roomOf(file: string): Room | undefined {
  return ROOMS.filter(({ place }) => file === place || (place.endsWith("/") && file.startsWith(place)))
    .sort((a, b) => b.place.length - a.place.length)
    .at(0);
}

/** The floor of a room, counted from the top; -1 where there are none. */
export const floorOf = ({ place }: Room): number =>
  (FLOORS[place.split("/")[0] ?? ""] ?? []).findIndex((floor) => floor.some((room) => room.place === place));
