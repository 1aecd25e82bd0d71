/** The texts that every language must have. `{name}` stands for a fact; a line whose fact is missing is left out. */
import type { Method } from "../../../shared/methods.ts";
import type { NoticeKind } from "../../store/delivery-record.ts";
import type { DestinationField } from "../../store/user-record.ts";
import type { AlarmEvent, NoticeReason } from "../notifier.ts";

export interface NoticeTexts {
  readonly subject: string;
  /** Paragraphs of the email, between greeting and closing lines. */
  readonly lines: readonly string[];
  /** The text message; null for notices to administrators, which are sent by email only. */
  readonly text: string | null;
}

export interface Catalogue {
  readonly otp: {
    readonly subject: string;
    /** Above the code. */
    readonly before: string;
    readonly after: readonly string[];
    /** Contains `{otp}`. Should fit into 160 characters of the GSM alphabet with a tenant name of 40. */
    readonly text: string;
    /** Spoken in this order: `ask` and, when a key was pressed, `intro`, the digits, `again`, the digits, `end`. */
    readonly call: {
      readonly ask: string;
      readonly intro: string;
      readonly again: string;
      readonly end: string;
    };
  };
  /** A message that an administrator sends to try a provider. `line` is the email's paragraph, the text and what a call says. */
  readonly test: { readonly subject: string; readonly line: string; readonly ask: string };
  readonly notices: Readonly<Record<NoticeKind, NoticeTexts>>;
  readonly greeting: string;
  /** Used when no name is known. */
  readonly plainGreeting: string;
  /** At the end of every notice to a user. It has no link, on purpose. */
  readonly notYou: string;
  /** Takes its place where the addresses of the administrators are known. */
  readonly notYouTell: string;
  readonly time: string;
  readonly reference: string;
  /** The last line of every email. */
  readonly automatic: string;
  readonly methods: Readonly<Record<Method, string>>;
  readonly destinations: Readonly<Record<DestinationField, string>>;
  readonly reasons: Readonly<Record<NoticeReason, string>>;
  /** Whole sentences. */
  readonly events: Readonly<Record<AlarmEvent, string>>;
  readonly operations: Readonly<Record<"reset" | "change" | "unlock", string>>;
  readonly outcomes: Readonly<Record<"applied" | "refused" | "not_applied", string>>;
  /** Whole sentences for administrators about the user who asks for help. */
  readonly proven: Readonly<Record<"yes" | "no", string>>;
}
