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

/** A writeback and what came of it. A refusal by the directory is a result like any other: HTTP 200. */
export const writebackSchema = z.object({
  id: jobIdSchema,
  userId: userIdSchema,
  operation: z.enum(OPERATIONS),
  state: z.enum(JOB_STATES),
  /** Null until decided, and when applied. */
  code: z.string().nullable(),
  /** The code in words, and what to do. */
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

export const writebackListSchema = z.object({ items: z.array(writebackSchema) });

/** Name (user name, alias) or id. */
export const userReferenceSchema = z.string().trim().min(1).max(256);

/** As typed: no trimming, no normalisation. */
const passwordSchema = z
  .string()
  .min(1)
  .max(MAX_PASSWORD_UNITS)
  .transform((password) => new Secret(password));

/** How long the request waits for the verdict; after that the answer is 202 and the record as it stands. */
const waitSeconds = z.int().min(0).max(30).default(15);

const wish = {
  user: userReferenceSchema,
  operation: z.enum(OPERATIONS),
  /** The person must choose another password at the next sign-in. Only a reset can ask for it. */
  mustChange: z.boolean().default(false),
  /** Only a reset can choose, and does when this is left out: `unlock` always unlocks, `change` never. */
  unlock: z.boolean().optional(),
};
type Wish = z.infer<z.ZodObject<typeof wish>>;

interface WishProblem {
  readonly path: string;
  readonly message: string;
}

function problemsOf({ operation, mustChange, unlock }: Wish): WishProblem[] {
  const problems: WishProblem[] = [];
  if (mustChange && operation !== "reset")
    problems.push({ path: "mustChange", message: "only a reset can ask for it" });
  if (unlock !== undefined && operation !== "reset" && unlock !== (operation === "unlock"))
    problems.push({ path: "unlock", message: `${operation} ${unlock ? "never" : "always"} unlocks` });
  return problems;
}

const refuse = (context: z.RefinementCtx, problems: readonly WishProblem[]): void => {
  for (const { path, message } of problems) context.addIssue({ code: "custom", path: [path], message });
};

/** `POST …/writeback-drafts`: what to seal a password for. */
export const draftWritebackSchema = z
  .strictObject(wish)
  .superRefine((value, context) => refuse(context, problemsOf(value)));

export const writebackDraftSchema = z.object({
  order: jobOrderSchema,
  /** Seal to each of these. */
  recipients: z.array(sealingKeyRecordSchema).max(MAX_RECIPIENTS),
  /** Goes back with the sealed passwords. */
  token: base64url(64),
});

/** `POST …/writebacks` with passwords in clear: the cloud seals them before it stores anything. */
export const plainWritebackSchema = z
  .strictObject({
    ...wish,
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
        problems.push({ path, message: isWanted ? `${operation} needs it` : `${operation} takes none` });
    };
    check("newPassword", newPassword !== undefined, operation !== "unlock");
    check("oldPassword", oldPassword !== undefined, operation === "change");
    refuse(context, problems);
  });

/** `POST …/writebacks` with a draft whose passwords were sealed by the caller: the cloud never sees them. */
export const sealedWritebackSchema = z.strictObject({
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
