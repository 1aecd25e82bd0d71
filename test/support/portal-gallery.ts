/** The real portal with its real pages, on a service that shows whatever screen is asked for. */
import type { AddressInfo } from "node:net";
import Fastify from "fastify";
import { createPortalKeys } from "../../cloud/keys/portal-keys.ts";
import { registerPortal } from "../../cloud/portal/register-portal.ts";
import { registrationRoutes } from "../../cloud/portal/registration/routes.ts";
import type { RegistrationService } from "../../cloud/registration/registration-service.ts";
import type { ResetService } from "../../cloud/reset/reset-service.ts";
import type { SessionKey } from "../../cloud/visits/visit.ts";
import { policySchema } from "../../shared/api/policy.ts";
import { systemClock } from "../../shared/clock.ts";
import { AppError } from "../../shared/errors.ts";
import { createLogger } from "../../shared/logger.ts";
import { toBase64url } from "../../shared/sealing/bytes.ts";
import { Secret } from "../../shared/secret.ts";
import { buildWeb } from "../../tools/build-web.ts";
import { registrationScreens } from "./registration-screens.ts";
import { resetScreens } from "./reset-screens.ts";

export interface PortalGallery extends AsyncDisposable {
  readonly url: string;
  /** Addresses by name, in the order a person meets them: each shows its screen and nothing else. */
  readonly addresses: Readonly<Record<string, string>>;
  /** Can anything be reset now? */
  setAvailable(isAvailable: boolean): void;
}

const TENANT = {
  id: "contoso",
  name: "Contoso",
  settings: { colour: "#0b6e4f", portalName: "Contoso" },
  logo: null,
} as const;

export async function openPortalGallery(): Promise<PortalGallery> {
  buildWeb();
  const secret = toBase64url(new Uint8Array(32).fill(7));
  const screens = resetScreens(systemClock.now());
  const registrations = registrationScreens(systemClock.now());
  const names = [...Object.keys(screens), ...Object.keys(registrations)];
  /** The cookie says which screen is meant, so that several windows may look at once. */
  const idOf = (name: string): string =>
    `01JD9Z3S9W1T5V7X8Y2A4B6C${String(names.indexOf(name)).padStart(2, "0")}`;
  const nameOf = ({ id }: SessionKey): string => names[Number(id.slice(-2))] ?? "";
  let available = true;
  const found = <T>(screen: T | undefined): Promise<T> =>
    screen === undefined ? Promise.reject(new AppError("SESSION_ENDED")) : Promise.resolve(screen);
  const untouched = (): never => {
    throw new Error("a gallery is for looking");
  };
  const reset: ResetService = {
    available: () => Promise.resolve(available),
    screen: (key) => found(screens[nameOf(key)]),
    begin: untouched,
    chooseReason: untouched,
    chooseMethod: untouched,
    resend: untouched,
    chooseAgain: untouched,
    enterCode: untouched,
    answerQuestions: untouched,
    draft: () => Promise.reject(new AppError("AGENT_OFFLINE")),
    submitPassword: untouched,
    unlock: untouched,
    askAdministrator: untouched,
    end: () => Promise.resolve(),
    close: () => Promise.resolve(),
  };

  const registering: Pick<RegistrationService, "screen" | "end"> = {
    screen: (key) => found(registrations[nameOf(key)]?.screen),
    end: () => Promise.resolve(),
  };

  const app = Fastify({ requestIdHeader: false });
  await registerPortal(app, {
    config: { enabled: true, defaultTenant: undefined, captchaTries: 100 },
    publicUrl: "http://127.0.0.1",
    reset,
    registration: (app, portal) => registrationRoutes(app, portal, registering as RegistrationService),
    tenants: {
      findForUserName: () => Promise.resolve(TENANT),
      get: () => Promise.resolve(TENANT),
      logo: () => Promise.resolve(null),
    },
    policy: {
      get: () =>
        Promise.resolve({
          policy: policySchema.parse({ scope: "all", contact: { emails: ["helpdesk@contoso.example"] } }),
        }),
    },
    portalKeys: createPortalKeys(new Secret(secret)),
    limits: {
      take: () => Promise.resolve(null),
      known: () => Promise.resolve({ person: false, network: false, place: false }),
    },
    isFirstUse: () => Promise.resolve(true),
    isUnderAttack: () => Promise.resolve(false),
    clock: systemClock,
    log: createLogger({ service: "gallery", level: "error" }),
    closing: new AbortController().signal,
  });
  app.get("/gallery/:name", (request, reply) => {
    const { name } = request.params as { name: string };
    const portal = name in screens ? "reset" : "registration";
    const cookie = `__Host-latchkey-${portal}=contoso.${idOf(name)}.${secret}; Path=/; Secure; HttpOnly; SameSite=Strict`;
    return reply.header("set-cookie", cookie).redirect(registrations[name]?.path ?? "/reset", 303);
  });
  await app.listen({ host: "127.0.0.1", port: 0 });
  const url = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`;

  const addressesOf = (of: object) =>
    Object.fromEntries(Object.keys(of).map((name) => [name, `${url}/gallery/${name}`]));
  return {
    url,
    addresses: {
      landing: `${url}/`,
      start: `${url}/reset`,
      "register-start": `${url}/register`,
      "change-start": `${url}/change`,
      ...addressesOf(screens),
      contact: `${url}/reset/contact`,
      ...addressesOf(registrations),
      closed: `${url}/reset/closed`,
      ended: `${url}/reset/ended`,
      "not-found": `${url}/nothing-here`,
    },
    setAvailable(isAvailable) {
      available = isAvailable;
    },
    [Symbol.asyncDispose]: () => app.close(),
  };
}
