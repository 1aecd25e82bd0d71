/** The door of both portals: the form is ours, no robot sent it, and the user name belongs to an organisation here. */
import type { FastifyRequest } from "fastify";
import { AppError } from "../../shared/errors.ts";
import type { PortalTenant } from "./brand-cache.ts";
import type { CaptchaAnswer } from "./captcha.ts";
import type { PortalServices } from "./portal-services.ts";

export interface StartForm extends CaptchaAnswer {
  readonly csrf: string;
  readonly userName: string;
}

/** Throws FORM_REFUSED, CAPTCHA_INVALID, RATE_LIMITED, TENANT_NOT_FOUND. Nothing depends on whether there is such a user. */
export async function admit(
  { csrf, captcha, findTenant }: Pick<PortalServices, "csrf" | "captcha" | "findTenant">,
  request: FastifyRequest,
  form: StartForm,
): Promise<PortalTenant> {
  csrf.check(request, form.csrf, null);
  const tenant = await findTenant(form.userName);
  await captcha.check(form, { address: request.ip, tenantId: tenant?.id ?? null });
  if (tenant === null) throw new AppError("TENANT_NOT_FOUND");
  return tenant;
}
