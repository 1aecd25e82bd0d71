/** Everything an operator may set for a cloud node. docs/configuration.md and config/cloud.example.yaml are made from here. */
import { hostname } from "node:os";
import { z } from "zod";
import {
  existingFile,
  filePath,
  flag,
  httpUrl,
  integer,
  list,
  listenAddress,
  secret,
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
      description: "Your Redis (7 or newer); a private one is started when left out",
      example: "rediss://redis.example.com:6379",
    }),
  username: z.string().max(128).optional().meta({ description: "ACL user", example: "latchkey" }),
  password: secret("File with its password").optional(),
  caFile: existingFile()
    .optional()
    .meta({ description: "PEM file with the authority of rediss://", example: "/etc/latchkey/redis-ca.pem" }),
  program: filePath().default("redis-server").describe("Program of the private server"),
});

export const cloudConfigSchema = z
  .strictObject({
    publicUrl: httpUrl().meta({
      description: "The address agents and people use; never taken from a request",
      example: "https://latchkey.example.com",
    }),
    listen: listenAddress().prefault("127.0.0.1:8080").describe("Where this node listens, host:port"),
    tls: z
      .strictObject({
        certificateFile: existingFile().meta({
          description: "PEM certificate chain",
          example: "/etc/latchkey/tls.crt",
        }),
        keyFile: existingFile().meta({
          description: "PEM private key, 0600",
          example: "/etc/latchkey/tls.key",
        }),
      })
      .optional()
      .describe("Serve TLS itself; leave out behind a proxy that does"),
    trustedProxies: list(z.string().min(1).max(64), 32)
      .prefault([])
      .describe("Addresses or CIDR ranges whose X-Forwarded-For is believed"),
    node: z
      .string()
      .regex(/^[A-Za-z0-9._-]{1,64}$/)
      .default(
        hostname()
          .replace(/[^A-Za-z0-9._-]/g, "-")
          .slice(0, 64) || "node",
      )
      .meta({
        description: "Name of this node, unlike that of any other",
        defaultText: "the name of the host",
      }),
    dataDirectory: filePath().default("/var/lib/latchkey-cloud").describe("Keys and the private Redis; 0700"),
    redis: redisConnection.prefault({}),
    sync: z
      .strictObject({
        deleteMinimum: integer(1, 1_000_000).default(10).describe("A run may always delete this many users"),
        deletePercent: z.coerce
          .number()
          .min(0)
          .max(100)
          .default(5)
          .describe("… or this share of them, whichever is more; above it the deletes are held"),
        keepRuns: integer(10, 100_000).default(1_000).describe("Runs kept in the history of a tenant"),
      })
      .prefault({}),
    writeback: z
      .strictObject({
        ttlSeconds: integer(5, 900).default(120).describe("A writeback that no agent took by then expires"),
        keepSeconds: integer(3_600, 31_536_000)
          .default(2_592_000)
          .describe("How long a finished writeback can be looked up"),
        maxPending: integer(1, 1_000_000).default(1_000).describe("Writebacks of one tenant that may wait"),
      })
      .prefault({}),
    agents: z
      .strictObject({
        syncBeforeApproval: flag()
          .prefault(true)
          .describe("May the first agent of a tenant sync people before its fingerprint is approved"),
      })
      .prefault({}),
    audit: z
      .strictObject({
        keepDays: integer(30, 36_500)
          .default(400)
          .describe("How long audit entries are kept; older ones go, and the chain still verifies"),
      })
      .prefault({}),
    portal: portalConfigSchema.prefault({}),
    notify: notifyConfigSchema.prefault({}),
    metrics: z
      .strictObject({
        listen: listenAddress().optional().meta({
          description: "Serve /metrics, /healthz and /readyz here; not at all when left out",
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
        message: "username and password are for a redis.url of yours",
      });
  });
export type CloudConfig = z.infer<typeof cloudConfigSchema>;

export const CLOUD_ENVIRONMENT_PREFIX = "LATCHKEY_CLOUD";
