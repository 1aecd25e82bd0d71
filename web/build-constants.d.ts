/** File names of the workers, next to the scripts. tools/build-web.ts inserts them. */
declare const CAPTCHA_WORKER: string;
declare const METER_WORKER: string;
