/**
 * Branding of a tenant's portal: a colour on which white text is readable, and a logo that is a picture and nothing
 * else.
 */
import { z } from "zod";

export const LOGO_TYPES = ["image/png", "image/jpeg", "image/webp", "image/svg+xml"] as const;
export type LogoType = (typeof LOGO_TYPES)[number];
export const MAX_LOGO_BYTES = 64 * 1024;

/** Smallest contrast for text of any size (WCAG 2.2, 1.4.3). */
const MINIMUM_CONTRAST = 4.5;

export const colourSchema = z
  .string()
  .trim()
  .regex(/^#[0-9a-fA-F]{6}$/, { error: "must be a colour as #rrggbb, e.g. #1d4ed8", abort: true })
  .toLowerCase()
  .superRefine((colour, context) => {
    const contrast = contrastWithWhite(colour);
    if (contrast >= MINIMUM_CONTRAST) return;
    // Rounded down, so that 4.46 is not shown as the required 4.5.
    const shown = (Math.floor(contrast * 10) / 10).toFixed(1);
    const message = `is too light: white text on ${colour} has a contrast of ${shown}, and ${MINIMUM_CONTRAST} is required. Choose a darker colour`;
    context.addIssue({ code: "custom", message });
  });

/** Contrast ratio of white text on the colour, from 1 to 21 (WCAG 2.2, relative luminance). */
export function contrastWithWhite(colour: string): number {
  const channel = (at: number): number => {
    const part = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  };
  const luminance = 0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5);
  return 1.05 / (luminance + 0.05);
}

/** `PUT …/logo`. The first bytes of the picture tell its type. */
export const putLogoSchema = z.strictObject({
  /** The file in base64. */
  image: z
    .base64()
    .min(1)
    .max(Math.ceil(MAX_LOGO_BYTES / 3) * 4, {
      error: `must be a picture of at most ${MAX_LOGO_BYTES / 1024} KiB`,
    }),
});
