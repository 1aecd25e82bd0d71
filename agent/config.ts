/** Every setting of the agent. docs/configuration.md and config/agent.example.yaml are generated from here. */
import { hostname } from "node:os";
import type { getCountries } from "libphonenumber-js/max";
import { isSupportedCountry } from "libphonenumber-js/max";
import cron from "node-cron";
import { z } from "zod";
import { type ClientCertificateFiles, readClientCertificate } from "../shared/client-certificate.ts";
import {
  authorityFile,
  existingFile,
  filePath,
  flag,
  httpUrl,
  integer,
  isSecureOrLoopback,
  ldapUrl,
  list,
  listenAddress,
  secret,
} from "../shared/config/fields.ts";
import { LOG_LEVELS } from "../shared/logger.ts";
import { printableText } from "../shared/printable.ts";
import type { Secret } from "../shared/secret.ts";
import { DIALECTS, FEEDS } from "./directory/directory.ts";

const dn = () => z.string().min(3).max(1024).regex(/=/, "must be a DN, e.g. OU=Staff,DC=example,DC=com");
const attribute = () =>
  z
    .string()
    .max(64)
    .regex(/^(?:[A-Za-z][A-Za-z0-9-]*|\d+(?:\.\d+)+)$/, "must be the name or the OID of an LDAP attribute");
const region = () =>
  z.custom<ReturnType<typeof getCountries>[number]>(
    (value) => typeof value === "string" && isSupportedCountry(value),
    { error: "must be an ISO 3166 country, e.g. BE", abort: false },
  );

/** How an account of the agent signs in. */
export type BindConfig =
  | { readonly kind: "password"; readonly dn: string; readonly password: Secret }
  | ({ readonly kind: "certificate" } & ClientCertificateFiles);

interface BindInput {
  readonly dn?: string | undefined;
  readonly password?: Secret | undefined;
  readonly certificateFile?: string | undefined;
  readonly keyFile?: string | undefined;
  readonly keyPassword?: Secret | undefined;
}

const EITHER = "dn and passwordFile, or certificateFile and keyFile";

const account = (example: string) =>
  z
    .strictObject({
      dn: z.string().min(1).max(1024).optional().meta({
        description:
          "DN or user principal name that the agent signs in with; required, with passwordFile, unless certificateFile is set",
        example,
      }),
      password: secret("File that holds its password").optional(),
      certificateFile: filePath().optional().meta({
        description:
          "PEM file with a client certificate, instead of dn and passwordFile; the server tells which account it is for",
        example: "/etc/latchkey/directory-client.pem",
      }),
      keyFile: filePath().optional().meta({
        description:
          "PEM file with the private key of certificateFile; both are read again for each new connection",
        example: "/etc/latchkey/directory-client.key",
      }),
      keyPassword: secret("File with the password of keyFile, where that is encrypted").optional(),
    })
    .transform((input, context): BindConfig => {
      const bind = bindOf(input);
      if (!("problem" in bind)) return bind;
      context.addIssue({ code: "custom", path: [...bind.path], message: bind.problem });
      return z.NEVER;
    });

/** Returns the one way in which the account signs in, or which key is wrong. */
function bindOf(
  input: BindInput,
): BindConfig | { readonly path: readonly string[]; readonly problem: string } {
  const { dn, password, certificateFile, keyFile, keyPassword } = input;
  const hasPassword = dn !== undefined || password !== undefined;
  const hasCertificate = [certificateFile, keyFile, keyPassword].some((value) => value !== undefined);
  if (hasPassword && hasCertificate) return { path: [], problem: `needs either ${EITHER}, not both` };
  if (!hasPassword && !hasCertificate) return { path: [], problem: `needs ${EITHER}` };
  if (hasPassword) {
    if (dn === undefined) return { path: ["dn"], problem: "is missing: passwordFile belongs to a dn" };
    if (password === undefined) return { path: ["passwordFile"], problem: "is missing: a dn needs one" };
    return { kind: "password", dn, password };
  }
  if (certificateFile === undefined)
    return { path: ["certificateFile"], problem: "is missing: keyFile belongs to a certificate" };
  if (keyFile === undefined) return { path: ["keyFile"], problem: "is missing: certificateFile needs one" };
  const files = { certificateFile, keyFile, keyPassword };
  const read = readClientCertificate(files);
  return "problem" in read
    ? { path: [read.key], problem: `${files[read.key]} ${read.problem}` }
    : { kind: "certificate", ...files };
}

const scopeBase = z.strictObject({
  dn: dn().meta({
    description: "Users below this entry are in scope",
    example: "OU=Staff,DC=example,DC=com",
  }),
  phoneRegion: region().optional().meta({
    description: "Country of phone numbers below this base that have no country code",
    example: "BE",
  }),
});

/** Checks a rule over several keys only when those keys are valid, so that mistakes elsewhere do not hide it. */
const whenGood = (keys: z.ZodType) => ({
  when: ({ value }: { readonly value: unknown }) => keys.safeParse(value).success,
});

const directory = z
  .strictObject({
    dialect: z
      .enum(["auto", ...DIALECTS])
      .default("auto")
      .describe("Kind of directory; auto detects it from the rootDSE"),
    servers: list(ldapUrl(), 8)
      .refine((servers) => servers.length > 0, { error: "at least one server" })
      .meta({
        description: "Servers in order of preference; the next one is used while a server does not answer",
        example: ["ldaps://dc1.example.com", "ldaps://dc2.example.com"],
      }),
    startTls: flag().prefault(false).describe("Encrypt ldap:// with StartTLS before anything else is sent"),
    caFile: authorityFile().optional().meta({
      description: "PEM or DER file with the authority that issued the servers' certificates",
      example: "/etc/latchkey/directory-ca.pem",
    }),
    bind: account("svc-latchkey-sync@example.com").describe("Account that reads users"),
    writebackBind: account("svc-latchkey-write@example.com")
      .optional()
      .describe("Account that resets passwords and unlocks accounts; without it the account of bind is used"),
    bases: list(scopeBase)
      .refine((bases) => bases.length > 0, { error: "at least one base" })
      .describe("Entries below which the users are"),
    filter: z.string().min(3).max(4096).optional().meta({
      description: "LDAP filter for users; without it every person entry is a user",
      example: "(&(objectCategory=person)(objectClass=user)(!(sAMAccountName=svc-*)))",
    }),
    groups: list(dn(), 32)
      .prefault([])
      .describe("Sync only members of these groups, members of nested groups included; everybody when empty"),
    feed: z
      .enum(["auto", ...FEEDS])
      .default("auto")
      .describe("How the agent finds changes; auto takes the best feed that the server allows"),
    idAttribute: attribute().optional().meta({
      description: "Attribute with the permanent id of an entry; objectGUID or entryUUID when left out",
      example: "nsUniqueId",
    }),
    pageSize: integer(10, 5000).default(500).describe("Entries per page of a search"),
    connectTimeoutMs: integer(100, 60_000)
      .default(5_000)
      .describe("Time-out for connecting to a server, milliseconds"),
    operationTimeoutMs: integer(500, 300_000)
      .default(10_000)
      .describe("Time-out for one answer of a server, milliseconds"),
    graceMs: integer(0, 120_000)
      .default(10_000)
      .describe(
        "After a lost answer: how long the agent looks at the account before the result is unknown, milliseconds",
      ),
  })
  .superRefine(
    ({ servers, startTls }, context) => {
      for (const [index, server] of servers.entries()) {
        const isPlain = server.startsWith("ldap://");
        if (isPlain && !startTls)
          context.addIssue({
            code: "custom",
            path: ["servers", index],
            message: "ldap:// is not encrypted: set startTls: true, or use ldaps://",
          });
        const globalCatalogue = /:(3268|3269)\/?$/.exec(server)?.[1];
        if (globalCatalogue !== undefined)
          context.addIssue({
            code: "custom",
            path: ["servers", index],
            message: `port ${globalCatalogue} is the global catalogue, which is read-only, lacks most attributes and reports no changes: use 636 (or 389 with startTls)`,
          });
        if (!isPlain && startTls)
          context.addIssue({
            code: "custom",
            path: ["startTls"],
            message: "startTls is for ldap:// servers; ldaps:// is already encrypted",
          });
      }
    },
    whenGood(z.object({ servers: z.array(ldapUrl()), startTls: z.boolean() })),
  );

const mapping = z.strictObject({
  userName: attribute().optional().meta({
    description: "User name that people sign in with; userPrincipalName in Active Directory, else uid",
    example: "userPrincipalName",
  }),
  aliases: list(attribute(), 4)
    .optional()
    .meta({
      description:
        "Other names by which a user is found; sAMAccountName and mail in Active Directory, else mail",
      example: ["sAMAccountName", "mail"],
    }),
  displayName: attribute().default("displayName").describe("Display name; cn when it is empty"),
  mobile: attribute().default("mobile").describe("Mobile number; the first usable value is taken"),
  officePhone: attribute().default("telephoneNumber").describe("Office number"),
  mail: attribute()
    .default("mail")
    .describe("Mail address, to which notices about the account go; no codes are sent to it"),
  alternateEmail: attribute()
    .optional()
    .meta({ description: "Private email address outside the organisation", example: "otherMailbox" }),
});

const sync = z.strictObject({
  schedule: z
    .union([
      z.literal("off"),
      z.string().refine((text) => cron.validate(text), { error: "must be a cron expression" }),
    ])
    .default("*/2 * * * *")
    .describe("When delta runs start (cron expression in local time), or off"),
  push: z
    .enum(["auto", "off"])
    .default("auto")
    .describe(
      "auto: a change in the directory starts a delta run at once, where the server can notify. With schedule: off there are none",
    ),
  phoneRegion: region()
    .default("US")
    .describe("Country of phone numbers without a country code, where the base sets none"),
});

const writeback = z.strictObject({
  enabled: flag().prefault(true).describe("Whether this agent may set passwords and unlock accounts"),
  deny: list(z.string().min(1).max(1024), 1000)
    .prefault([])
    .describe(
      "Login names, and DNs of users and groups. The agent never writes to these users and members, whatever the cloud asks for",
    ),
  protectedGroups: list(dn(), 64)
    .prefault([])
    .describe(
      "DNs of groups whose members count as privileged accounts; followed when they are moved or renamed",
    ),
  maxPerMinute: integer(1, 10_000).default(30).describe("Brake: most writes per minute; further ones wait"),
  maxPerHour: integer(1, 100_000)
    .default(200)
    .describe(
      "Brake: most users whose password is set per hour; then writing stops until an administrator releases the brake on this host. About 3 % of the users is more than a busy Monday needs",
    ),
  maxPerDay: integer(1, 1_000_000)
    .default(1_000)
    .describe(
      "Brake: most users whose password is set per day; then writing stops until an administrator releases the brake on this host",
    ),
  maxPerUser: integer(1, 1_000)
    .default(10)
    .describe(
      "Most writes for one user in ten minutes, rejected ones included; further ones are refused for this user",
    ),
  maxPerUserDay: integer(1, 10_000)
    .default(40)
    .describe(
      "Most writes for one user per day, rejected ones included; further ones are refused for this user",
    ),
  concurrency: integer(1, 16)
    .default(4)
    .describe("Most writes at the same time; more than a few do not make a domain controller faster"),
  bannedFile: existingFile().optional().meta({
    description:
      "File with your own words and passwords to refuse, one per line, UTF-8, words of at most 64 characters; read again when it changes",
    example: "/etc/latchkey/banned-passwords.txt",
  }),
  breachedFilter: existingFile().optional().meta({
    description: "Filter of breached passwords, made with: latchkey-agent breached build",
    example: "/etc/latchkey/breached.filter",
  }),
});

const signIn = z.strictObject({
  tries: integer(1, 10)
    .default(2)
    .describe(
      "Most wrong passwords tried for one account within the window, so that guessing locks no account",
    ),
  windowMinutes: integer(1, 1440).default(30).describe("Length of the window, minutes"),
  maxPerMinute: integer(1, 10_000)
    .default(300)
    .describe("Most sign-ins tried per minute, for all accounts together"),
});

export const agentConfigSchema = z
  .strictObject({
    cloud: z.strictObject({
      url: httpUrl().meta({ description: "Address of the cloud", example: "https://latchkey.example.com" }),
      caFile: authorityFile().optional().meta({
        description:
          "PEM or DER file with the authority that issued its certificate, if the system does not know it",
        example: "/etc/latchkey/cloud-ca.pem",
      }),
      proxy: httpUrl().optional().meta({
        description: "HTTP proxy for connections to the cloud, http://host:port",
        example: "http://proxy.example.com:3128",
      }),
    }),
    stateDirectory: filePath()
      .default("/var/lib/latchkey-agent")
      .describe("Directory for keys, journal and local endpoint; mode 0700, owned by the service's user"),
    hostName: printableText(255)
      .default(hostname())
      .meta({ description: "Name of this host as shown in the cloud", defaultText: "the name of the host" }),
    directory,
    attributes: mapping.prefault({}),
    sync: sync.prefault({}),
    writeback: writeback.prefault({}),
    signIn: signIn.prefault({}),
    metrics: z
      .strictObject({
        listen: listenAddress().optional().meta({
          description: "Address for /metrics, /healthz and /readyz; not served when left out",
          example: "127.0.0.1:9464",
        }),
      })
      .prefault({}),
    log: z
      .strictObject({ level: z.enum(LOG_LEVELS).default("info").describe("error, warn, info or debug") })
      .prefault({}),
  })
  .superRefine(
    (value, context) => {
      if (!isSecureOrLoopback(value.cloud.url))
        context.addIssue({
          code: "custom",
          path: ["cloud", "url"],
          message: "must be https:// (http:// is allowed only for this host)",
        });
    },
    whenGood(z.object({ cloud: z.object({ url: httpUrl() }) })),
  );
export type AgentConfig = z.infer<typeof agentConfigSchema>;
export type DirectoryConfig = AgentConfig["directory"];
export type AttributeMapping = AgentConfig["attributes"];

export const AGENT_ENVIRONMENT_PREFIX = "LATCHKEY_AGENT";
