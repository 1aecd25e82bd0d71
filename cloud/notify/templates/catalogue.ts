/** What every language must say. `{name}` stands for a fact; a line whose fact is not given is left out. */
import type { Method } from "../../../shared/methods.ts";
import type { NoticeKind } from "../../store/delivery-record.ts";
import type { NoticeReason } from "../notifier.ts";

export interface NoticeTexts {
  readonly subject: string;
  /** Paragraphs of the mail, between greeting and closing lines. */
  readonly lines: readonly string[];
  /** As a text message; null for what administrators get by mail alone. */
  readonly text: string | null;
}

export interface Catalogue {
  readonly otp: {
    readonly subject: string;
    /** Above the digits. */
    readonly before: string;
    readonly after: readonly string[];
    /** With `{otp}`. Best in 160 characters of the GSM alphabet with a name of 40. */
    readonly text: string;
    /** Said: this, the digits, `again`, the digits, `end`. */
    readonly call: { readonly intro: string; readonly again: string; readonly end: string };
  };
  readonly notices: Readonly<Record<NoticeKind, NoticeTexts>>;
  readonly greeting: string;
  /** When no name is known. */
  readonly plainGreeting: string;
  /** Under every notice to a person; there is nothing to click, on purpose. */
  readonly notYou: string;
  readonly time: string;
  readonly reference: string;
  /** The last line of every mail. */
  readonly automatic: string;
  readonly methods: Readonly<Record<Method, string>>;
  readonly reasons: Readonly<Record<NoticeReason, string>>;
  readonly operations: Readonly<Record<"reset" | "change" | "unlock", string>>;
  readonly outcomes: Readonly<Record<"applied" | "refused" | "not_applied", string>>;
  /** Whole sentences for administrators about who asks for help. */
  readonly proven: Readonly<Record<"yes" | "no", string>>;
}
