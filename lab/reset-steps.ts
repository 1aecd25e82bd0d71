/** A user's steps of a reset, one page each. */
import type { Method } from "../shared/methods.ts";
import type { Outbox } from "./outbox.ts";
import type { PortalDriver } from "./portal-driver.ts";

export const startReset = async (
  portal: PortalDriver,
  userName: string,
  reason: "forgot" | "locked" = "forgot",
): Promise<void> => {
  await portal.open("/reset");
  await portal.submit("/reset/start", { userName });
  return portal.submit("/reset/reason", { reason });
};

/** `number` is as typed. */
export const chooseMethod = (portal: PortalDriver, method: Method, number?: string): Promise<void> =>
  portal.submit("/reset/method", {
    method,
    ...(number === undefined ? {} : { [`number.${method}`]: number }),
  });

export const enterCode = (portal: PortalDriver, otp: string): Promise<void> =>
  portal.submit("/reset/code", { otp });

export const choosePassword = (
  portal: PortalDriver,
  newPassword: string,
  repeated = newPassword,
): Promise<void> => portal.submit("/reset/password", { newPassword, repeated });

/** Confirms a number or address with the code sent to it. `to` is in the form that the cloud sends to. */
export async function proveByCode(
  portal: PortalDriver,
  outbox: Outbox,
  method: Method,
  to: string,
  typed: string | undefined = method === "email" ? undefined : to,
): Promise<void> {
  const [before] = await outbox.messages(to);
  await chooseMethod(portal, method, typed);
  return enterCode(portal, await outbox.otp(to, before?.number));
}

/** Does a whole reset with one proof. The last page shows the outcome. */
export async function resetByText(
  portal: PortalDriver,
  outbox: Outbox,
  wish: { readonly userName: string; readonly number: string; readonly newPassword: string },
): Promise<void> {
  await startReset(portal, wish.userName);
  await proveByCode(portal, outbox, "text", wish.number);
  return choosePassword(portal, wish.newPassword);
}
