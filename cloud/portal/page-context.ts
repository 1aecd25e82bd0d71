/**
 * The data that every page needs besides its content: language, texts, the tenant's brand, addresses of scripts and
 * styles.
 */
import type { FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import type { Language } from "../../shared/language.ts";
import type { Assets } from "./assets.ts";
import type { Brand, BrandCache } from "./brand-cache.ts";
import { chooseLanguage, isLanguage, LANGUAGE_COOKIE } from "./language.ts";
import { COOKIE_OPTIONS } from "./session-cookie.ts";
import { TEXTS } from "./texts/all.ts";
import type { Texts } from "./texts/texts.ts";

export interface PageContext {
  readonly language: Language;
  readonly texts: Texts;
  readonly brand: Brand;
  readonly assets: Pick<Assets, "url">;
  /** Address of a page that GET answers, for the language links. */
  readonly path: string;
  readonly requestId: string;
}

export interface PageContexts {
  /** Also stores a language chosen by `?lang=` in a cookie. `tenantId`: null while it is not known. */
  of(
    request: FastifyRequest,
    reply: FastifyReply,
    page: { readonly path: string; readonly tenantId: string | null },
  ): Promise<PageContext>;
  /** Finds the language only. */
  language(request: FastifyRequest): Language;
}

const querySchema = z.object({ lang: z.string().max(2).optional().catch(undefined) });
const YEAR_SECONDS = 31_536_000;

interface PageContextDeps {
  readonly assets: Assets;
  readonly brands: Pick<BrandCache, "get">;
}

export function createPageContexts({ assets, brands }: PageContextDeps): PageContexts {
  const askedFor = (request: FastifyRequest): string | undefined =>
    querySchema.safeParse(request.query).data?.lang;
  const choose = (request: FastifyRequest, asked: string | undefined): Language =>
    chooseLanguage(asked, request.cookies[LANGUAGE_COOKIE], request.headers["accept-language"]);

  return {
    language: (request) => choose(request, askedFor(request)),
    async of(request, reply, { path, tenantId }) {
      const asked = askedFor(request);
      if (isLanguage(asked))
        void reply.setCookie(LANGUAGE_COOKIE, asked, { ...COOKIE_OPTIONS, maxAge: YEAR_SECONDS });
      const chosen = choose(request, asked);
      const brand = await brands.get(tenantId);
      return { language: chosen, texts: TEXTS[chosen], brand, assets, path, requestId: request.id };
    },
  };
}
