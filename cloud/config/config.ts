/** All settings of a cloud node. docs/configuration.md and config/cloud.example.yaml are generated from this schema. */
import { hostname } from "node:os";
import { z } from "zod";
import {
  authorityFile,
  existingFile,
  filePath,
  flag,
  integer,
  list,
  listenAddress,
  secret,
  siteUrl,
} from "../../shared/config/fields.ts";
import { LOG_LEVELS } from "../../shared/logger.ts";
import { notifyConfigSchema } from "./notify.ts";
import { portalConfigSchema } from "./portal.ts";

const redisConnection = z.strictObject({
  url: z
    .string()
    .max(2048)
    .refine((text) => URL.canParse(text) && /^(?:rediss?|unix):$/.test(new URL(text).protocol), {
      error: "must be redis://, rediss:// or unix:///path",
    })
    .optional()
    .meta({
      description: "Redis server to use (7 or newer); without it the node starts a private one",
      example: "rediss://redis.example.com:6379",
    }),
  username: z
    .string()
    .max(128)
    .optional()
    .meta({ description: "ACL user at your Redis server", example: "latchkey" }),
  password: secret("File that holds the password of the ACL user").optional(),
  caFile: authorityFile().optional().meta({
    description: "PEM or DER file with the authority that issued the certificate of a rediss:// server",
    example: "/etc/latchkey/redis-ca.pem",
  }),
  program: filePath()
    .default("redis-server")
    .describe("Redis program that the private server is started with"),
});

export const cloudConfigSchema = z
  .strictObject({
    publicUrl: siteUrl().meta({
      description: "Address that agents and users connect to; never taken from a request",
      example: "https://latchkey.example.com",
    }),
    listen: listenAddress()
      .prefault("127.0.0.1:8080")
      .describe("Address that this node listens on, host:port"),
    tls: z
      .strictObject({
        certificateFile: existingFile().meta({
          description: "PEM certificate chain",
          example: "/etc/latchkey/tls.crt",
        }),
        keyFile: existingFile().meta({
          description: "PEM private key; mode 0600",
          example: "/etc/latchkey/tls.key",
        }),
      })
      .optional()
      .describe("TLS of this node; leave it out behind a proxy that terminates TLS"),
    hstsSubdomains: flag()
      .prefault(false)
      .describe(
        "Whether browsers use HTTPS for all names below that of publicUrl too, for a year; other sites below it must then all have TLS",
      ),
    trustedProxies: list(z.string().min(1).max(64), 32)
      .prefault([])
      .describe("Addresses or CIDR ranges of proxies whose X-Forwarded-For header is trusted"),
    dnsServers: list(z.string().min(1).max(64), 8)
      .prefault([])
      .describe("DNS servers that are asked when a tenant proves a domain; those of the system when empty"),
    node: z
      .string()
      .regex(/^[A-Za-z0-9._-]{1,64}$/)
      .default(
        hostname()
          .replace(/[^A-Za-z0-9._-]/g, "-")
          .slice(0, 64) || "node",
      )
      .meta({
        description: "Name of this node; each node needs a different one",
        defaultText: "the name of the host",
      }),
    dataDirectory: filePath()
      .default("/var/lib/latchkey-cloud")
      .describe("Directory for keys and the data of the private Redis; mode 0700"),
    redis: redisConnection.prefault({}),
    sync: z
      .strictObject({
        deleteMinimum: integer(1, 1_000_000)
          .default(10)
          .describe("A run may always delete up to this number of users without approval"),
        deletePercent: z.coerce
          .number()
          .min(0)
          .max(100)
          .default(5)
          .describe(
            "A run may delete up to this percentage of users (or deleteMinimum users, if that is more); larger deletions wait for approval",
          ),
        keepRuns: integer(10, 100_000).default(1_000).describe("Runs kept in the history of each tenant"),
      })
      .prefault({}),
    writeback: z
      .strictObject({
        ttlSeconds: integer(5, 900)
          .default(120)
          .describe("Time until a writeback that no agent has taken expires, seconds"),
        keepSeconds: integer(3_600, 31_536_000)
          .default(2_592_000)
          .describe("Retention of finished writebacks, seconds"),
        maxPending: integer(1, 1_000_000)
          .default(1_000)
          .describe("Most writebacks of one tenant that may be waiting; further ones are refused"),
      })
      .prefault({}),
    agents: z
      .strictObject({
        syncBeforeApproval: flag()
          .prefault(true)
          .describe(
            "Whether the first agent of a tenant may sync users before an administrator approves its fingerprint",
          ),
      })
      .prefault({}),
    audit: z
      .strictObject({
        keepDays: integer(30, 36_500)
          .default(400)
          .describe("Retention of audit entries, days; the chain of the remaining entries still verifies"),
      })
      .prefault({}),
    portal: portalConfigSchema.prefault({}),
    notify: notifyConfigSchema.prefault({}),
    metrics: z
      .strictObject({
        listen: listenAddress().optional().meta({
          description: "Address for /metrics, /healthz and /readyz; not served when left out",
          example: "127.0.0.1:9465",
        }),
      })
      .prefault({}),
    log: z
      .strictObject({ level: z.enum(LOG_LEVELS).default("info").describe("error, warn, info or debug") })
      .prefault({}),
  })
  .superRefine((value, context) => {
    const { redis } = value;
    if (redis.url === undefined && (redis.username !== undefined || redis.password !== undefined))
      context.addIssue({
        code: "custom",
        path: ["redis"],
        message: "username and passwordFile need redis.url: the private server has no user",
      });
  });
export type CloudConfig = z.infer<typeof cloudConfigSchema>;

export const CLOUD_ENVIRONMENT_PREFIX = "LATCHKEY_CLOUD";
