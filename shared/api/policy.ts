/** Who may help themselves, and how: one document a tenant, kept as YAML under version control and applied by the API. */
import { z } from "zod";
import { LANGUAGES } from "../language.ts";
import { METHODS } from "../methods.ts";
import { instant } from "./instant.ts";
import { checkPolicy } from "./policy-checks.ts";

const dn = z.string().trim().min(3).max(1024);
const emails = z.array(z.email().max(254)).max(10);

export const NUMBER_TRUST = ["synced", "aged", "verified"] as const;
export type NumberTrust = (typeof NUMBER_TRUST)[number];

/** What holds for a person. */
export const rulesSchema = z.strictObject({
  /** What may be used to prove who one is, in the order shown. */
  methods: z
    .array(z.enum(METHODS))
    .min(1)
    .max(METHODS.length)
    .default(["text", "call", "email", "authenticator", "recovery_code"]),
  /** How many different ones a reset or unlock needs. */
  methodsRequired: z.union([z.literal(1), z.literal(2)]).default(1),
  /** Is "unlock without a new password" offered? */
  unlock: z.boolean().default(true),
  number: z
    .strictObject({
      /**
       * When a synced number counts. `synced`: at once. `aged`: when it has not changed for holdHours, or its owner confirmed
       * it while signed in. `verified`: only when its owner confirmed it.
       */
      trust: z.enum(NUMBER_TRUST).default("aged"),
      holdHours: z.int().min(0).max(720).default(72),
    })
    .prefault({}),
  registration: z
    .strictObject({
      required: z.boolean().default(true),
      /** Days until a person is asked to look their methods over again; 0: never. */
      reconfirmDays: z.int().min(0).max(730).default(180),
    })
    .prefault({}),
  questions: z
    .strictObject({
      register: z.int().min(3).max(10).default(5),
      answer: z.int().min(2).max(5).default(3),
    })
    .prefault({}),
  /** Mail to all addresses of the person after every reset, change and unlock. */
  notifyUser: z.boolean().default(true),
});
export type Rules = z.infer<typeof rulesSchema>;

/** The same, where everything may be left out: then the default's value holds. */
export const ruleChangesSchema = z.strictObject({
  methods: rulesSchema.shape.methods.unwrap().optional(),
  methodsRequired: rulesSchema.shape.methodsRequired.unwrap().optional(),
  unlock: z.boolean().optional(),
  number: z
    .strictObject({
      trust: z.enum(NUMBER_TRUST).optional(),
      holdHours: z.int().min(0).max(720).optional(),
    })
    .optional(),
  registration: z
    .strictObject({
      required: z.boolean().optional(),
      reconfirmDays: z.int().min(0).max(730).optional(),
    })
    .optional(),
  questions: z
    .strictObject({
      register: z.int().min(3).max(10).optional(),
      answer: z.int().min(2).max(5).optional(),
    })
    .optional(),
  notifyUser: z.boolean().optional(),
});
export type RuleChanges = z.infer<typeof ruleChangesSchema>;

export const policySchema = z
  .strictObject({
    /** Who may reset: nobody, the members of the groups below, everybody. */
    scope: z.enum(["none", "groups", "all"]).default("none"),
    /** Country (ISO 3166) of numbers typed without one, where the person's own does not decide. */
    phoneRegion: z
      .string()
      .regex(/^[A-Z]{2}$/)
      .default("US"),
    /** Of mails and texts to people whose browser has not said one. */
    language: z.enum(LANGUAGES).default("en"),
    /** For everybody whom none of the groups below names. */
    default: rulesSchema.prefault({}),
    /** The first whose group (a DN in the directory, nested groups included) has the person as a member wins. */
    groups: z
      .array(
        z.strictObject({
          name: z.string().trim().min(1).max(64),
          group: dn,
          rules: ruleChangesSchema.prefault({}),
        }),
      )
      .max(20)
      .default([]),
    /** Accounts with power. Always two methods, never questions, whatever else is said here. */
    privileged: z
      .strictObject({
        /** Whoever is in one of these is privileged; protected accounts of the directory always are. */
        groups: z.array(dn).max(20).default([]),
        methods: rulesSchema.shape.methods.unwrap().optional(),
      })
      .prefault({}),
    /** Where "contact your administrator" leads: a page of yours, or mail to these addresses. */
    contact: z
      .strictObject({
        url: z
          .url({ protocol: /^https$/ })
          .max(2048)
          .optional(),
        emails: emails.default([]),
      })
      .prefault({}),
    /** Who hears of privileged resets, new agents, brakes and breakers. */
    admins: z.strictObject({ emails: emails.default([]) }).prefault({}),
  })
  .superRefine((policy, context) => {
    for (const { path, message } of checkPolicy(policy))
      context.addIssue({ code: "custom", path: [...path], message });
  });
export type Policy = z.infer<typeof policySchema>;
export type PolicyInput = z.input<typeof policySchema>;

/** A policy as it is in force. */
export const policyRecordSchema = z.object({
  policy: policySchema,
  /** Counts the times it was applied; 0 where none ever was: then nobody may reset. */
  version: z.int().min(0),
  appliedAt: instant.nullable(),
});
export type PolicyRecordView = z.infer<typeof policyRecordSchema>;

/** `PUT …/policy`: the whole document; what it leaves out gets its default. */
export const applyPolicySchema = z.strictObject({
  policy: policySchema,
  /** Refused with POLICY_CHANGED when another one is in force by now. */
  expectedVersion: z.int().min(0).optional(),
});

export const applyPolicyQuerySchema = z.strictObject({
  /** Check and compare, and change nothing. */
  dryRun: z.stringbool({ truthy: ["true"], falsy: ["false"] }).default(false),
});

export const policyChangeSchema = z.object({
  /** What the change is about: `scope`, `default`, a group's name in quotes, `privileged`, `contact`, … */
  about: z.string(),
  /** e.g. `methods: text, email → text`. */
  text: z.string(),
  /** Does it make a takeover easier? */
  loosens: z.boolean(),
});
export type PolicyChange = z.infer<typeof policyChangeSchema>;

export const appliedPolicySchema = z.object({
  ...policyRecordSchema.shape,
  /** Against the policy before, as people feel it: of a group, its rules with what it inherits. */
  changes: z.array(policyChangeSchema),
  dryRun: z.boolean(),
});
export type AppliedPolicy = z.infer<typeof appliedPolicySchema>;
