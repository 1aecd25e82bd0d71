/** Makes the overview of a person's methods: those registered and those missing. Pure. */
import type { Rules } from "../../shared/api/policy.ts";
import { DAY_MS } from "../../shared/durations.ts";
import type { Channel, Method } from "../../shared/methods.ts";
import { maskAddress, maskNumber } from "../methods/mask.ts";
import type { KnownPerson, Person } from "../people/people.ts";
import { countFactors, usableMethods } from "../people/usable-methods.ts";
import { endsAtOf, waitsUntil } from "../people/waiting-methods.ts";
import type { Waiting } from "../store/registration-record.ts";
import { type Addressed, REGISTRABLE, type Registrable } from "./session.ts";

export interface Overview {
  /** Items that the rules use, or that were registered before the rules changed, in the order of REGISTRABLE. */
  readonly items: readonly OverviewItem[];
  /** Number of different proofs that could be given now, and the number a reset needs. */
  readonly ready: number;
  readonly required: 1 | 2;
  /** Epoch ms of the last confirmation of everything, and of the next one that is due. Null: never. */
  readonly confirmedAt: number | null;
  readonly nextConfirmAt: number | null;
  /** True when a confirmation is due: registration is required and was never done, or the last one is too old. */
  readonly isDue: boolean;
}

export interface OverviewItem {
  readonly what: Registrable;
  /** True when the rules use it. Otherwise it can only be removed. */
  readonly isUsed: boolean;
  /** True when it could be used for a proof now. */
  readonly isReady: boolean;
  /** True when the number is too new to count unless its owner confirms it. */
  readonly isHeld: boolean;
  /** The directory's value, masked. The person's own value takes precedence. */
  readonly synced: {
    readonly shown: string;
    readonly confirmedAt: number | null;
    /** Epoch ms from which the confirmation counts; null when it counts, or when there is none. */
    readonly waitsUntil: number | null;
  } | null;
  /** The person's own value. `shown`: masked; null where there is nothing to show. `left`: unused recovery codes, or answers. */
  readonly own: {
    readonly shown: string | null;
    readonly confirmedAt: number | null;
    readonly left: number | null;
    /** Epoch ms from which it counts; null when it counts already. */
    readonly waitsUntil: number | null;
    /** Epoch ms at which it is removed; null when its removal was not asked for. */
    readonly endsAt: number | null;
  } | null;
  /** The channels by which a code can be sent to it. */
  readonly channels: readonly Channel[];
}

/** The methods that each item makes possible. */
const METHODS_OF: Readonly<Record<Registrable, readonly Method[]>> = {
  mobile: ["text", "call"],
  officePhone: ["office_call"],
  email: ["email"],
  authenticator: ["authenticator"],
  questions: ["questions"],
  recoveryCodes: ["recovery_code"],
};

/** The channels that may confirm each item, whether or not the rules use them for resets. */
const CHANNELS_OF: Readonly<Record<Addressed, readonly Channel[]>> = {
  mobile: ["text", "call"],
  officePhone: ["call"],
  email: ["email"],
};

const isAddressed = (what: Registrable): what is Addressed => Object.hasOwn(CHANNELS_OF, what);

export const channelsFor = (what: Registrable, available: ReadonlySet<Channel>): Channel[] =>
  isAddressed(what) ? CHANNELS_OF[what].filter((channel) => available.has(channel)) : [];

/** The directory's value. */
export const syncedValue = ({ user }: Pick<Person, "user">, what: Registrable): string | null =>
  what === "email" ? user.alternateEmail : what === "mobile" || what === "officePhone" ? user[what] : null;

const SYNCED_FIELD = { mobile: "mobile", officePhone: "officePhone", email: "alternateEmail" } as const;
export const syncedField = (what: Addressed): (typeof SYNCED_FIELD)[Addressed] => SYNCED_FIELD[what];

export function makeOverview(input: {
  readonly person: KnownPerson;
  readonly rules: Rules;
  readonly channels: ReadonlySet<Channel>;
  readonly now: number;
}): Overview {
  const { person, rules, channels, now } = input;
  const { usable, unusable } = usableMethods(person, rules, channels, now);
  const items = REGISTRABLE.map((what): OverviewItem => {
    const methods = METHODS_OF[what].filter((method) => rules.methods.includes(method));
    const synced = syncedValue(person, what);
    return {
      what,
      isUsed: methods.length > 0,
      isReady: usable.some(({ method }) => methods.includes(method)),
      isHeld: methods.some((method) => unusable.get(method) === "held"),
      synced:
        synced === null || !isAddressed(what)
          ? null
          : { shown: mask(what, synced), ...syncedConfirmation(person, what, now) },
      own: ownOf(person, what, now),
      channels: channelsFor(what, channels),
    };
  });

  const { confirmedAt } = person.registration;
  const { reconfirmDays, required } = rules.registration;
  const nextConfirmAt =
    confirmedAt === null || reconfirmDays === 0 ? null : confirmedAt + reconfirmDays * DAY_MS;
  return {
    items: items.filter(({ isUsed, own }) => isUsed || own !== null),
    ready: countFactors(usable),
    required: rules.methodsRequired,
    confirmedAt,
    nextConfirmAt,
    isDue: confirmedAt === null ? required : nextConfirmAt !== null && now >= nextConfirmAt,
  };
}

const mask = (what: Addressed, value: string): string =>
  what === "email" ? maskAddress(value) : maskNumber(value);

/** Nothing unless the directory still has the value that was confirmed. */
function syncedConfirmation(
  { onFile, user }: KnownPerson,
  what: Addressed,
  now: number,
): { readonly confirmedAt: number | null; readonly waitsUntil: number | null } {
  const confirmed = onFile.confirmedSynced.find(
    ({ field, value }) => field === SYNCED_FIELD[what] && value === syncedValue({ user }, what),
  );
  return { confirmedAt: confirmed?.at ?? null, waitsUntil: waitsUntil(confirmed, now) };
}

function ownOf({ onFile }: KnownPerson, what: Registrable, now: number): OverviewItem["own"] {
  switch (what) {
    case "mobile":
    case "officePhone": {
      const own = onFile[what];
      return own && { ...confirmed(own, now), shown: maskNumber(own.number) };
    }
    case "email": {
      const { email } = onFile;
      return email && { ...confirmed(email, now), shown: maskAddress(email.address) };
    }
    case "authenticator":
      return onFile.authenticator && confirmed(onFile.authenticator, now);
    case "questions":
      return counted(onFile.questions, onFile.questions.length, now);
    case "recoveryCodes": {
      const { recoveryCodes } = onFile;
      return counted(recoveryCodes, recoveryCodes.filter(({ usedAt }) => usedAt === null).length, now);
    }
  }
}

const confirmed = (
  method: Waiting & { readonly confirmedAt: number },
  now: number,
): NonNullable<OverviewItem["own"]> => ({
  shown: null,
  confirmedAt: method.confirmedAt,
  left: null,
  waitsUntil: waitsUntil(method, now),
  endsAt: endsAtOf(method),
});

const counted = (all: readonly Waiting[], left: number, now: number): OverviewItem["own"] =>
  all.length === 0
    ? null
    : { shown: null, confirmedAt: null, left, waitsUntil: waitsUntil(all[0], now), endsAt: endsAtOf(all[0]) };
