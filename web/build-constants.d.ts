/** Put in by tools/build-web.ts: the files of the workers, next to the scripts. */
declare const CAPTCHA_WORKER: string;
declare const METER_WORKER: string;
