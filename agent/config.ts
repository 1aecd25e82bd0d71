/** Everything an administrator may set for the agent. docs/configuration.md and config/agent.example.yaml are made from here. */
import { hostname } from "node:os";
import type { getCountries } from "libphonenumber-js/max";
import { isSupportedCountry } from "libphonenumber-js/max";
import cron from "node-cron";
import { z } from "zod";
import {
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
import { DIALECTS, FEEDS } from "./directory/directory.ts";

const dn = () => z.string().min(3).max(1024).regex(/=/, "must be a DN, e.g. OU=Staff,DC=example,DC=com");
const attribute = () =>
  z.string().regex(/^[A-Za-z][A-Za-z0-9-]{0,63}$/, "must be the name of an LDAP attribute");
const region = () =>
  z.custom<ReturnType<typeof getCountries>[number]>(
    (value) => typeof value === "string" && isSupportedCountry(value),
    { error: "must be an ISO 3166 country, e.g. BE", abort: false },
  );

const account = (example: string) =>
  z.strictObject({
    dn: z
      .string()
      .min(1)
      .max(1024)
      .meta({ description: "DN or user principal name the agent signs in with", example }),
    password: secret("File with its password"),
  });

const scopeBase = z.strictObject({
  dn: dn().meta({ description: "Everything below it is in scope", example: "OU=Staff,DC=example,DC=com" }),
  phoneRegion: region()
    .optional()
    .meta({ description: "Country of numbers without +CC below this base", example: "BE" }),
});

/** A rule over several keys is looked at when those keys are good: other mistakes must not hide it. */
const whenGood = (keys: z.ZodType) => ({
  when: ({ value }: { readonly value: unknown }) => keys.safeParse(value).success,
});

const directory = z
  .strictObject({
    dialect: z
      .enum(["auto", ...DIALECTS])
      .default("auto")
      .describe("Kind of directory; auto reads it from the rootDSE"),
    servers: list(ldapUrl(), 8)
      .refine((servers) => servers.length > 0, { error: "at least one server" })
      .meta({
        description: "Servers in order of preference; the next is used while one does not answer",
        example: ["ldaps://dc1.example.com", "ldaps://dc2.example.com"],
      }),
    startTls: flag().prefault(false).describe("Encrypt ldap:// with StartTLS before anything else is sent"),
    caFile: existingFile().optional().meta({
      description: "PEM file with the authority of the servers' certificates",
      example: "/etc/latchkey/directory-ca.pem",
    }),
    bind: account("svc-latchkey-sync@example.com").describe("Account that reads users"),
    writebackBind: account("svc-latchkey-write@example.com")
      .optional()
      .describe("Account that resets passwords; the reading account when left out"),
    bases: z.array(scopeBase).min(1).max(64).describe("Where users are"),
    filter: z.string().min(3).max(4096).optional().meta({
      description: "LDAP filter for users; every person when left out",
      example: "(&(objectCategory=person)(objectClass=user)(!(sAMAccountName=svc-*)))",
    }),
    groups: list(dn(), 32)
      .prefault([])
      .describe("Only members of these groups, nested ones included; everybody when empty"),
    feed: z
      .enum(["auto", ...FEEDS])
      .default("auto")
      .describe("How changes are found; auto takes the best the server allows"),
    idAttribute: attribute().optional().meta({
      description: "Unchanging id of an entry; objectGUID or entryUUID when left out",
      example: "nsUniqueId",
    }),
    pageSize: integer(10, 5000).default(500).describe("Entries a page of a search"),
    connectTimeoutMs: integer(100, 60_000)
      .default(5_000)
      .describe("Time to connect to a server, milliseconds"),
    operationTimeoutMs: integer(500, 300_000).default(10_000).describe("Time for one answer, milliseconds"),
    graceMs: integer(0, 120_000)
      .default(10_000)
      .describe("After a lost answer: time before the account is looked at again, milliseconds"),
  })
  .superRefine(
    ({ servers, startTls }, context) => {
      for (const [index, server] of servers.entries()) {
        const isPlain = server.startsWith("ldap://");
        if (isPlain && !startTls)
          context.addIssue({
            code: "custom",
            path: ["servers", index],
            message: "ldap:// needs startTls: true, or use ldaps://",
          });
        if (!isPlain && startTls)
          context.addIssue({
            code: "custom",
            path: ["startTls"],
            message: "startTls is for ldap:// servers; ldaps:// is encrypted already",
          });
      }
    },
    whenGood(z.object({ servers: z.array(ldapUrl()), startTls: z.boolean() })),
  );

const mapping = z.strictObject({
  userName: attribute().optional().meta({
    description: "What people type; userPrincipalName in AD, uid elsewhere",
    example: "userPrincipalName",
  }),
  aliases: list(attribute(), 4)
    .optional()
    .meta({
      description: "Other names that find a person; sAMAccountName or mail",
      example: ["sAMAccountName"],
    }),
  displayName: attribute().default("displayName").describe("Name shown; cn when it is empty"),
  mobile: attribute().default("mobile").describe("Mobile number; the first usable value counts"),
  officePhone: attribute().default("telephoneNumber").describe("Office number"),
  alternateEmail: attribute()
    .optional()
    .meta({ description: "A private mail address outside the organisation", example: "otherMailbox" }),
});

const sync = z.strictObject({
  schedule: z
    .union([
      z.literal("off"),
      z.string().refine((text) => cron.validate(text), { error: "must be a cron expression" }),
    ])
    .default("*/2 * * * *")
    .describe("When delta runs start (cron, local time), or off"),
  phoneRegion: region().default("US").describe("Country of numbers without +CC where the base names none"),
});

const writeback = z.strictObject({
  enabled: flag().prefault(true).describe("May this agent set passwords and unlock accounts"),
  deny: list(z.string().min(1).max(256), 1000)
    .prefault([])
    .describe("Login names and group DNs that are never written to, whatever the cloud says"),
  protectedGroups: list(dn(), 64).prefault([]).describe("Groups whose members count as privileged"),
  maxPerMinute: integer(1, 10_000).default(30).describe("Brake: writes a minute"),
  maxPerHour: integer(1, 100_000)
    .default(60)
    .describe("Brake: writes an hour; engages until released on this host"),
  maxPerDay: integer(1, 1_000_000)
    .default(500)
    .describe("Brake: writes a day; engages until released on this host"),
  concurrency: integer(1, 16)
    .default(4)
    .describe("Writes under way at once; a domain controller gains nothing from more"),
  bannedFile: existingFile().optional().meta({
    description:
      "File with words and passwords of your own to refuse, one a line, UTF-8; read again when it changes",
    example: "/etc/latchkey/banned-passwords.txt",
  }),
  breachedFilter: existingFile().optional().meta({
    description: "Filter of breached passwords, made by: latchkey-agent breached build",
    example: "/etc/latchkey/breached.filter",
  }),
});

const signIn = z.strictObject({
  tries: integer(1, 10)
    .default(2)
    .describe("Wrong passwords tried for one account within the window, so that guessing locks nobody out"),
  windowMinutes: integer(1, 1440).default(30).describe("The window, minutes"),
  maxPerMinute: integer(1, 10_000).default(300).describe("Sign-ins tried a minute, of all accounts together"),
});

export const agentConfigSchema = z
  .strictObject({
    cloud: z.strictObject({
      url: httpUrl().meta({ description: "Address of the cloud", example: "https://latchkey.example.com" }),
      caFile: existingFile().optional().meta({
        description: "PEM file with its authority, where the system does not know it",
        example: "/etc/latchkey/cloud-ca.pem",
      }),
      proxy: httpUrl().optional().meta({
        description: "HTTP proxy for the way out, http://host:port",
        example: "http://proxy.example.com:3128",
      }),
    }),
    stateDirectory: filePath()
      .default("/var/lib/latchkey-agent")
      .describe("Keys, journal and local endpoint; 0700, of the service's own user"),
    hostName: z
      .string()
      .min(1)
      .max(255)
      .default(hostname())
      .meta({ description: "Name shown in the cloud", defaultText: "the name of the host" }),
    directory,
    attributes: mapping.prefault({}),
    sync: sync.prefault({}),
    writeback: writeback.prefault({}),
    signIn: signIn.prefault({}),
    metrics: z
      .strictObject({
        listen: listenAddress().optional().meta({
          description: "Serve /metrics, /healthz and /readyz here; not at all when left out",
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
          message: "must be https:// (http:// only to this machine itself)",
        });
    },
    whenGood(z.object({ cloud: z.object({ url: httpUrl() }) })),
  );
export type AgentConfig = z.infer<typeof agentConfigSchema>;
export type DirectoryConfig = AgentConfig["directory"];
export type AttributeMapping = AgentConfig["attributes"];

export const AGENT_ENVIRONMENT_PREFIX = "LATCHKEY_AGENT";
