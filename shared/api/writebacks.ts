import { z } from "zod";
import { agentIdSchema, base64url, jobIdSchema, userIdSchema } from "../ids.ts";
import {
  jobOrderSchema,
  MAX_RECIPIENTS,
  sealedPasswordSchema,
  sealingKeyRecordSchema,
} from "../sealing/job.ts";
import { Secret } from "../secret.ts";
import { JOB_STATES, MAX_PASSWORD_UNITS, OPERATIONS, verdictSchema } from "../writeback.ts";
import { instant } from "./instant.ts";

/** A writeback and its result. A refusal by the directory is a result like any other, with HTTP status 200. */
export const writebackSchema = z.object({
  id: jobIdSchema,
  userId: userIdSchema,
  operation: z.enum(OPERATIONS),
  state: z.enum(JOB_STATES),
  /** Null until decided, and when applied. */
  code: z.string().nullable(),
  /** The code in words, and what to do about it. */
  message: z.string().nullable(),
  fix: z.string().nullable(),
  verdict: verdictSchema.nullable(),
  mustChange: z.boolean(),
  unlock: z.boolean(),
  methods: z.array(z.string()),
  requestedBy: z.string(),
  createdAt: instant,
  notAfter: instant,
  decidedAt: instant.nullable(),
  agentId: agentIdSchema.nullable(),
  attempts: z.int().min(0),
  events: z.array(z.object({ state: z.enum(JOB_STATES), at: instant })),
});
export type Writeback = z.infer<typeof writebackSchema>;

/** Names of the user; null for one who is no longer synced. */
const listedWritebackSchema = writebackSchema.extend({
  userName: z.string().nullable(),
  displayName: z.string().nullable(),
});
export const writebackListSchema = z.object({ items: z.array(listedWritebackSchema) });

/** User name, alias or id. */
export const userReferenceSchema = z.string().trim().min(1).max(256);

/** Neither trimmed nor normalised. */
const passwordSchema = z
  .string()
  .min(1)
  .max(MAX_PASSWORD_UNITS)
  .transform((password) => new Secret(password));

/** How long the request waits for the result. After that, the answer is 202 with the record as it is. */
const waitSeconds = z.int().min(0).max(30).default(15);

const writebackFields = {
  user: userReferenceSchema,
  operation: z.enum(OPERATIONS),
  /** The user must choose another password at the next sign-in. For a reset only. */
  mustChange: z.boolean().default(false),
  /** For a reset only, which unlocks when this is left out. `unlock` always unlocks, `change` never does. */
  unlock: z.boolean().optional(),
};
type WritebackFields = z.infer<z.ZodObject<typeof writebackFields>>;

interface FieldProblem {
  readonly path: string;
  readonly message: string;
}

function problemsOf({ operation, mustChange, unlock }: WritebackFields): FieldProblem[] {
  const problems: FieldProblem[] = [];
  if (mustChange && operation !== "reset")
    problems.push({ path: "mustChange", message: `is only for a reset, not for ${operation}` });
  if (unlock !== undefined && operation !== "reset" && unlock !== (operation === "unlock"))
    problems.push({ path: "unlock", message: `${operation} ${unlock ? "never" : "always"} unlocks` });
  return problems;
}

const addIssues = (context: z.RefinementCtx, problems: readonly FieldProblem[]): void => {
  for (const { path, message } of problems) context.addIssue({ code: "custom", path: [path], message });
};

/** `POST …/writeback-drafts`: asks for an order and the keys to seal a password to. */
export const draftWritebackSchema = z
  .strictObject(writebackFields)
  .superRefine((value, context) => addIssues(context, problemsOf(value)));

export const writebackDraftSchema = z.object({
  order: jobOrderSchema,
  /** The keys to seal the password to, every one of them. */
  recipients: z.array(sealingKeyRecordSchema).max(MAX_RECIPIENTS),
  /** To be sent back with the sealed passwords. */
  token: base64url(64),
});

/** `POST …/writebacks` with passwords in clear. The cloud seals them before it stores anything. */
const plainWritebackSchema = z
  .strictObject({
    ...writebackFields,
    newPassword: passwordSchema.optional(),
    /** For the operation `change`. */
    oldPassword: passwordSchema.optional(),
    waitSeconds,
  })
  .superRefine((value, context) => {
    const { operation, newPassword, oldPassword } = value;
    const problems = problemsOf(value);
    const check = (path: string, isGiven: boolean, isWanted: boolean): void => {
      if (isGiven !== isWanted)
        problems.push({
          path,
          message: isWanted ? `is required for ${operation}` : `is not allowed for ${operation}`,
        });
    };
    check("newPassword", newPassword !== undefined, operation !== "unlock");
    check("oldPassword", oldPassword !== undefined, operation === "change");
    addIssues(context, problems);
  });

/** `POST …/writebacks` with a draft whose passwords the caller has sealed. The cloud never sees them. */
const sealedWritebackSchema = z.strictObject({
  order: jobOrderSchema,
  token: base64url(64),
  sealed: z.array(sealedPasswordSchema).max(MAX_RECIPIENTS),
  waitSeconds,
});

export const startWritebackSchema = z.union([plainWritebackSchema, sealedWritebackSchema]);

export const idempotencyHeadersSchema = z.object({
  "idempotency-key": z
    .string()
    .regex(/^[\x21-\x7e]{1,200}$/, { error: "must be 1 to 200 printable ASCII characters" })
    .optional(),
});
