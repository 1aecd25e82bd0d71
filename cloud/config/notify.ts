/** Settings of messages: the providers of email, text messages and voice calls. The first provider of a list is tried first. */
import { z } from "zod";
import { flag, list } from "../../shared/config/fields.ts";
import { emailProvider } from "./email-provider.ts";
import { phoneProvider } from "./phone-provider.ts";

const MAX_PROVIDERS = 8;

export const notifyConfigSchema = z
  .strictObject({
    email: list(emailProvider, MAX_PROVIDERS)
      .prefault([])
      .describe("SMTP servers, in the order in which they are tried"),
    text: list(phoneProvider("text"), MAX_PROVIDERS)
      .prefault([])
      .describe("Providers of text messages, in the order in which they are tried"),
    call: list(phoneProvider("call"), MAX_PROVIDERS)
      .prefault([])
      .describe("Providers of voice calls, in the order in which they are tried"),
    allowedCountries: list(z.string().regex(/^[A-Z]{2}$/, "must be an ISO 3166 code, e.g. BE"), 250)
      .prefault([])
      .describe(
        "Countries whose numbers may get texts and calls; all when empty. Premium-rate numbers never get any",
      ),
    outbox: flag()
      .prefault(false)
      .describe(
        "Development only: keep messages that no other provider takes in memory and show them at /outbox; needs a publicUrl on loopback",
      ),
  })
  .superRefine((value, context) => {
    for (const channel of ["email", "text", "call"] as const) {
      const names = value[channel].map(({ name }) => name);
      names.forEach((name, index) => {
        if (name === "outbox" || names.indexOf(name) !== index)
          context.addIssue({
            code: "custom",
            path: [channel, index, "name"],
            message: name === "outbox" ? "is reserved for the development outbox" : "is used twice",
          });
      });
    }
  });
export type NotifyConfig = z.infer<typeof notifyConfigSchema>;
