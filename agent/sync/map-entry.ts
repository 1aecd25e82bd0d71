/** Converts a directory entry into the user that the cloud stores, or into a rejection with its reason. Pure. */
import { z } from "zod";
import { AppError } from "../../shared/errors.ts";
import { parsePhone, type PhoneRegion } from "../../shared/phone.ts";
import type { RejectReason } from "../../shared/protocol/frames.ts";
import type { DirectoryUser, PhoneField, PhoneProblem } from "../../shared/user.ts";
import type { AttributeMapping } from "../config.ts";
import type { DirectoryEntry } from "../directory/directory.ts";
import { readText } from "../directory/entries/read-text.ts";
import { textOfValue, UnusableEntry, type Values, valuesOf } from "../directory/entries/read-values.ts";

export interface MapOptions {
  readonly attributes: AttributeMapping;
  /** The region of numbers without +CC, by the configured base the entry was found under. */
  readonly regionOf: (base: string) => PhoneRegion;
}

export type MappedEntry =
  | {
      readonly kind: "user";
      readonly user: DirectoryUser;
      /** Optional attributes with an unusable value; never the values themselves. */
      readonly ignored: readonly string[];
    }
  | {
      readonly kind: "rejected";
      readonly id: string | null;
      readonly reason: RejectReason;
      /** The attribute concerned, never its value. */
      readonly attribute: string | null;
    };

const MAX_DISPLAY_NAME_LENGTH = 256;
const emailSchema = z.email().max(254);

/** The first unusable value decides the reason. */
export function mapEntry(entry: DirectoryEntry, options: MapOptions): MappedEntry {
  try {
    return toUser(entry, options);
  } catch (error) {
    if (!(error instanceof UnusableEntry)) throw error;
    return { kind: "rejected", id: entry.id, ...error.problem };
  }
}

function toUser(entry: DirectoryEntry, { attributes, regionOf }: MapOptions): MappedEntry {
  const { id, names } = entry;
  if ("reason" in names) return { kind: "rejected", id, ...names };
  if (id === null) throw new AppError("INTERNAL", "An entry has names and no id.");

  const read = (attribute: string): Values => valuesOf(entry, attribute);
  const region = regionOf(entry.base);
  const phones: Record<PhoneField, FoundPhone> = {
    mobile: findPhone(read(attributes.mobile), region),
    officePhone: findPhone(read(attributes.officePhone), region),
  };
  const email =
    attributes.alternateEmail === undefined
      ? { value: null, isUnusable: false }
      : findEmail(read(attributes.alternateEmail));
  const displayName = displayNameOf(read, attributes.displayName) ?? displayNameOf(read, "cn");
  if (entry.enabled === "unreadable") throw new UnusableEntry("invalid_value", "userAccountControl");

  return {
    kind: "user",
    user: {
      id,
      userName: names.userName,
      aliases: [...names.aliases],
      displayName,
      mobile: phones.mobile.e164,
      officePhone: phones.officePhone.e164,
      alternateEmail: email.value,
      // The reading account may not see it. The writing account reads it again before a write, and refuses what it
      // cannot read.
      enabled: entry.enabled === "not_shown" || entry.enabled,
      protected: entry.protected,
      phoneProblems: (["mobile", "officePhone"] as const).flatMap((field) => {
        const { problem } = phones[field];
        return problem === null ? [] : [{ field, problem }];
      }),
    },
    ignored: email.isUnusable && attributes.alternateEmail !== undefined ? [attributes.alternateEmail] : [],
  };
}

/** The first value with any text. */
function displayNameOf(read: (attribute: string) => Values, attribute: string): string | null {
  for (const value of read(attribute)) {
    const options = { maxLength: MAX_DISPLAY_NAME_LENGTH, directionMarks: "remove" } as const;
    const text = textOfValue(value, attribute, options);
    if (text !== "") return text;
  }
  return null;
}

interface FoundPhone {
  readonly e164: string | null;
  /** The problem of the first value, when none can be used. */
  readonly problem: PhoneProblem | null;
}

function findPhone(values: Values, region: PhoneRegion): FoundPhone {
  let problem: PhoneProblem | null = null;
  for (const value of values) {
    // Windows puts an invisible mark in front of every number copied from its contact cards.
    const text = readText(value, { maxLength: 64, directionMarks: "remove" });
    if (!text.ok) {
      problem ??= text.problem === "too_long" ? "too_long" : "not_a_number";
      continue;
    }
    if (text.text === "") continue;
    const phone = parsePhone(text.text, region);
    if (phone.ok) return { e164: phone.e164, problem: null };
    problem ??= phone.problem;
  }
  return { e164: null, problem };
}

function findEmail(values: Values): { readonly value: string | null; readonly isUnusable: boolean } {
  let isUnusable = false;
  for (const value of values) {
    const text = readText(value, { maxLength: 254, directionMarks: "refuse" });
    if (text.ok && text.text === "") continue;
    const email = text.ok ? emailSchema.safeParse(text.text) : undefined;
    if (email?.success === true) return { value: email.data, isUnusable: false };
    isUnusable = true;
  }
  return { value: null, isUnusable };
}
