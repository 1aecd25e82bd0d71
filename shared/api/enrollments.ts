import { z } from "zod";
import { agentIdSchema, ulidSchema } from "../ids.ts";
import { printableText } from "../printable.ts";
import { instant } from "./instant.ts";

export const enrollmentSchema = z.object({
  tokenId: ulidSchema,
  name: z.string(),
  /** Addresses that the agent may enrol from; any address when empty. */
  cidrs: z.array(z.string()),
  state: z.enum(["open", "used", "revoked", "expired"]),
  createdBy: z.string(),
  createdAt: instant,
  expiresAt: instant,
  usedAt: instant.nullable(),
  agentId: agentIdSchema.nullable(),
});
export type Enrollment = z.infer<typeof enrollmentSchema>;

export const enrollmentListSchema = z.object({ items: z.array(enrollmentSchema) });

const range = z.union([z.cidrv4(), z.cidrv6(), z.ipv4(), z.ipv6()], {
  error: "must be an IP address or a range, e.g. 10.0.0.0/8",
});

export const createEnrollmentSchema = z.strictObject({
  /** Becomes the agent's name. */
  name: z.string().trim().pipe(printableText(80)),
  cidrs: z.array(range).max(16).default([]),
  ttlMinutes: z.int().min(1).max(60).default(60),
});

export const createdEnrollmentSchema = z.object({
  enrollment: enrollmentSchema,
  /** `lk1.…`. It is shown only in this answer. */
  token: z.string(),
});
