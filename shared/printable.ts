/** Text that is safe to show: without control characters and those that change the direction of text. */
import { z } from "zod";

const UNPRINTABLE = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/;

/**
 * Replaces control characters and those that change the direction of text. Names come from directories, where many
 * people can write, and must not be able to control the terminal.
 */
export const printable = (text: string): string => text.replace(new RegExp(UNPRINTABLE, "g"), "�");

/** A text of another party that is stored and shown as it is. */
export const printableText = (max: number) =>
  z
    .string()
    .min(1)
    .max(max)
    .refine((text) => !UNPRINTABLE.test(text), "must not contain control characters");
