/**
 * The policy of a tenant: who may use self-service, and how. One document, kept as YAML under version control and
 * applied through the API.
 */
import { z } from "zod";
import { LANGUAGES } from "../language.ts";
import { METHODS } from "../methods.ts";
import { isPhoneRegion } from "../phone.ts";
import { sourceNumberSchema } from "../source.ts";
import { instant } from "./instant.ts";
import { limitRulesSchema } from "./limit-rules.ts";
import { checkAal2 } from "./policy-aal2.ts";
import { checkPolicy } from "./policy-checks.ts";

const dn = z.string().trim().min(3).max(1024);
const emails = z.array(z.email().max(254)).max(10);

const NUMBER_TRUST = ["synced", "aged", "verified"] as const;

/** The rules that apply to a user. */
export const rulesSchema = z.strictObject({
  /** The methods a user may prove their identity with, in the order shown. */
  methods: z
    .array(z.enum(METHODS))
    .min(1)
    .max(METHODS.length)
    .default(["text", "call", "email", "authenticator", "recovery_code"]),
  /** How many different methods a reset or unlock needs. */
  methodsRequired: z.union([z.literal(1), z.literal(2)], { error: "must be 1 or 2" }).default(1),
  /** Whether users may unlock their account without a new password. */
  unlock: z.boolean().default(true),
  number: z
    .strictObject({
      /**
       * When a synced number may be used. `synced`: at once. `aged`: when it has not changed for holdHours, or its
       * owner has confirmed it while signed in. `verified`: only when its owner has confirmed it.
       */
      trust: z.enum(NUMBER_TRUST).default("aged"),
      holdHours: z.int().min(0).max(720).default(72),
    })
    .prefault({}),
  registration: z
    .strictObject({
      required: z.boolean().default(true),
      /** Days until a user is asked to confirm their methods again; 0 means never. */
      reconfirmDays: z.int().min(0).max(730).default(180),
    })
    .prefault({}),
  questions: z
    .strictObject({
      register: z.int().min(3).max(10).default(5),
      answer: z.int().min(2).max(5).default(3),
    })
    .prefault({}),
  /** Sends an email to all addresses of the user after every reset, change and unlock. */
  notifyUser: z.boolean().default(true),
});
export type Rules = z.infer<typeof rulesSchema>;

/** The rules of a group. A rule that is left out has the value of `default`. */
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

/** Named sets of rules that a policy may promise to keep. */
export const PROFILES = ["aal2"] as const;
export type Profile = (typeof PROFILES)[number];

export const policySchema = z
  .strictObject({
    /** The policy is refused when it breaks a rule of the profile. */
    profile: z.enum(PROFILES).optional(),
    /** The users who may use self-service: no users, the members of `groups`, or all users. */
    scope: z.enum(["none", "groups", "all"]).default("none"),
    /** Country (ISO 3166) of numbers that are typed without a country code, unless the user's own number has one. */
    phoneRegion: z
      .string()
      .regex(/^[A-Z]{2}$/, "must be a country code of two uppercase letters, e.g. BE")
      .default("US"),
    /** Language of messages to users whose browser has not given one. */
    language: z.enum(LANGUAGES).default("en"),
    /** The rules of users who are in none of the groups. */
    default: rulesSchema.prefault({}),
    /**
     * Rules by group. `group` is a DN in the directory; nested members count. `source` is the number of a source, which
     * stays when the source is renamed: the entry is for users of this directory only. An entry without `group` is for all
     * of them. The first entry that fits a user applies.
     */
    groups: z
      .array(
        z.strictObject({
          name: z.string().trim().min(1).max(64),
          group: dn.optional(),
          source: sourceNumberSchema.optional(),
          rules: ruleChangesSchema.prefault({}),
        }),
      )
      .max(20)
      .default([]),
    /** Privileged accounts. They always need two methods and never use questions. */
    privileged: z
      .strictObject({
        /**
         * Members of these groups are privileged. Accounts that the directory protects always are. A group of one source
         * alone is `{ group, source }`.
         */
        groups: z
          .array(
            z.union([dn, z.strictObject({ group: dn, source: sourceNumberSchema })], {
              error: "must be a DN, or { group: DN, source: NUMBER }",
            }),
          )
          .max(20)
          .default([]),
        methods: rulesSchema.shape.methods.unwrap().optional(),
      })
      .prefault({}),
    /** Target of "contact your administrator": a page of your own, or an email to these addresses. */
    contact: z
      .strictObject({
        url: z
          .url({ protocol: /^https$/, error: "must be an https:// URL" })
          .max(2048)
          .optional(),
        emails: emails.default([]),
      })
      .prefault({}),
    /** Recipients of alarms: privileged resets, new agents, brakes, circuit breakers. */
    admins: z.strictObject({ emails: emails.default([]) }).prefault({}),
    /** Limits against abuse. The defaults fit an organisation of some thousand users. */
    limits: limitRulesSchema.prefault({}),
  })
  .superRefine((policy, context) => {
    for (const { path, message } of checkPolicy(policy))
      context.addIssue({ code: "custom", path: [...path], message });
  });
/** A policy that is to be applied. A stored one is not held to this: it has to be readable to be corrected. */
export const newPolicySchema = policySchema
  .refine(({ phoneRegion }) => isPhoneRegion(phoneRegion), {
    path: ["phoneRegion"],
    error: "must be the ISO 3166 code of a country with phone numbers, e.g. BE or GB",
  })
  .superRefine((policy, context) => {
    if (policy.profile === undefined) return;
    for (const { path, message } of checkAal2(policy))
      context.addIssue({ code: "custom", path: [...path], message });
  });
export type Policy = z.infer<typeof policySchema>;
export type PolicyInput = z.input<typeof policySchema>;

/** The policy in force. */
export const policyRecordSchema = z.object({
  policy: policySchema,
  /** Number of times a policy was applied. 0: none ever was, so self-service is off. */
  version: z.int().min(0),
  appliedAt: instant.nullable(),
});
export type PolicyRecordView = z.infer<typeof policyRecordSchema>;

/** `PUT …/policy`: the whole document. Keys that it leaves out get their default. */
export const applyPolicySchema = z.strictObject({
  policy: newPolicySchema,
  /** The request is refused with POLICY_CHANGED when another version is in force. */
  expectedVersion: z.int().min(0).optional(),
});

export const applyPolicyQuerySchema = z.strictObject({
  /** Only checks and compares. */
  dryRun: z.stringbool({ truthy: ["true"], falsy: ["false"] }).default(false),
});

export const policyChangeSchema = z.object({
  /** The part of the policy that changes: `scope`, `default`, a group's name in quotes, `privileged`, `contact`, … */
  about: z.string(),
  /** For example `methods: text, email → text`. */
  text: z.string(),
  /** True when the change makes it easier to take over an account. */
  loosens: z.boolean(),
});
export type PolicyChange = z.infer<typeof policyChangeSchema>;

export const appliedPolicySchema = z.object({
  ...policyRecordSchema.shape,
  /** Changes against the previous policy. Those of a group include what it inherits from `default`. */
  changes: z.array(policyChangeSchema),
  dryRun: z.boolean(),
});
export type AppliedPolicy = z.infer<typeof appliedPolicySchema>;
