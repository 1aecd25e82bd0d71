/** Français. */
import type { Texts } from "./texts.ts";

const refusals: Texts["refusals"] = {
  ACCOUNT_PROTECTED: "Ce compte a des droits particuliers. Un administrateur en fixe le mot de passe.",
  ACCOUNT_DISABLED: "Ce compte est désactivé. Demandez à votre administrateur de l’activer.",
  ACCOUNT_EXPIRED: "Ce compte a expiré. Demandez à votre administrateur de le prolonger.",
  ACCOUNT_OUT_OF_SCOPE: "Ce compte ne peut pas être rétabli ici. Adressez-vous à votre administrateur.",
  ACCOUNT_DENIED: "Ce compte ne peut pas être rétabli ici. Adressez-vous à votre administrateur.",
  BRAKE_ENGAGED:
    "Trop de mots de passe ont été réinitialisés en peu de temps ; le service est suspendu. Réessayez plus tard.",
  WRITEBACK_DISABLED:
    "Les mots de passe ne peuvent pas être changés ici pour le moment. Adressez-vous à votre administrateur.",
  JOB_SIGNATURE_INVALID:
    "Le serveur de votre organisation n’a pas accepté la demande. Adressez-vous à votre administrateur.",
  SEAL_INVALID: "Le mot de passe n’a pas pu être lu en toute sécurité. Saisissez-le à nouveau.",
  PASSWORD_BANNED:
    "Ce mot de passe figure sur une liste de mots de passe trop faciles à deviner. Choisissez-en un autre.",
  PASSWORD_BREACHED:
    "Ce mot de passe figure sur une liste de mots de passe volés. Choisissez-en un que vous n’utilisez nulle part ailleurs.",
  PASSWORD_EMPTY: "Vous n’avez pas saisi de mot de passe. Choisissez-en un.",
  PASSWORD_TOO_SHORT: "Ce mot de passe est trop court. Choisissez-en un plus long.",
  PASSWORD_TOO_LONG: "Ce mot de passe est trop long. Choisissez-en un plus court.",
  PASSWORD_COMPLEXITY:
    "Ce mot de passe a trop peu de sortes de caractères, ou il contient votre nom. Mélangez majuscules, minuscules, chiffres et signes, et n’y mettez pas votre nom.",
  PASSWORD_IN_HISTORY: "Vous avez déjà utilisé ce mot de passe. Choisissez-en un nouveau.",
  PASSWORD_TOO_YOUNG: "Votre mot de passe a été changé il y a peu. Réessayez plus tard.",
  PASSWORD_POLICY:
    "Les règles de votre organisation refusent ce mot de passe. Choisissez-en un plus long, avec plus de sortes de caractères, que vous n’avez pas encore utilisé.",
  PASSWORD_CHANGE_FORBIDDEN:
    "Le mot de passe de ce compte ne peut pas être changé ici. Adressez-vous à votre administrateur.",
  OLD_PASSWORD_WRONG: "Le mot de passe actuel n’est pas correct. Saisissez-le à nouveau.",
  DIRECTORY_ACCESS_DENIED:
    "Le serveur n’a pas le droit de changer ce mot de passe. Adressez-vous à votre administrateur.",
  DIRECTORY_UNSUPPORTED: "Le serveur ne peut pas faire cela. Adressez-vous à votre administrateur.",
  DIRECTORY_REFERRAL: "Le serveur n’a pas pu faire cela. Adressez-vous à votre administrateur.",
  DIRECTORY_ERROR:
    "Le serveur a signalé une erreur. Réessayez plus tard ou adressez-vous à votre administrateur.",
  DIRECTORY_USER_NOT_FOUND: "Ce compte n’existe plus. Adressez-vous à votre administrateur.",
  VERDICT_UNKNOWN:
    "Le serveur n’a pas confirmé. Essayez le nouveau mot de passe ; s’il ne fonctionne pas, recommencez.",
  NOT_APPLIED: "Rien n’a été changé. Réessayez.",
  AGENT_OFFLINE:
    "Le serveur de votre organisation est injoignable pour le moment. Réessayez dans quelques minutes.",
  JOB_EXPIRED: "Le serveur de votre organisation n’a pas répondu à temps. Rien n’a été changé. Réessayez.",
  JOB_CANCELLED: "La demande a été annulée. Rien n’a été changé. Réessayez.",
  JOB_SUPERSEDED: "Une demande plus récente a remplacé celle-ci, qui n’a rien changé.",
  QUEUE_FULL: "Les demandes sont très nombreuses. Rien n’a été changé. Réessayez dans une minute.",
  TIMEOUT: "La réponse n’est pas arrivée à temps. Réessayez.",
  NOT_SEALED_TO_AGENT:
    "Le serveur de votre organisation vient d’être remplacé. Saisissez à nouveau le mot de passe.",
  WRITEBACK_DRAFT_INVALID: "La page est restée ouverte trop longtemps. Saisissez à nouveau le mot de passe.",
  RATE_LIMITED: "C’était trop de fois en peu de temps. Attendez un peu, puis réessayez.",
  STORE_UNAVAILABLE: "Le service est brièvement interrompu. Réessayez.",
};

const methods: Texts["methods"] = {
  text: "SMS sur mon mobile",
  call: "Appel sur mon mobile",
  office_call: "Appel sur mon téléphone de bureau",
  email: "Code à mon autre adresse électronique",
  authenticator: "Application d’authentification",
  recovery_code: "Code de secours",
  questions: "Mes questions de sécurité",
};

export const fr: Texts = {
  site: {
    problem: "Problème",
    skip: "Aller au contenu",
    languages: "Langue",
    requestId: (id) => `Référence pour votre administrateur : ${id}`,
    home: "Retour au début",
    step: (step, of) => `Étape ${step} sur ${of}`,
  },
  landing: {
    title: "Aide pour votre mot de passe",
    lead: "Que souhaitez-vous faire ?",
    forgot: "J’ai oublié mon mot de passe",
    forgotHint: "Prouvez votre identité et choisissez-en un nouveau",
    locked: "Je connais mon mot de passe, mais mon compte est verrouillé",
    lockedHint: "Déverrouillez votre compte et gardez votre mot de passe",
    register: "Préparer comment retrouver l’accès",
    registerHint:
      "Vérifiez vos numéros et ajoutez d’autres moyens tant que vous pouvez encore vous connecter",
    change: "Changer mon mot de passe",
    changeHint: "Avec celui que vous avez maintenant",
  },
  start: {
    title: "Retrouver l’accès à votre compte",
    lead: "Saisissez votre nom d’utilisateur. Ensuite, vous prouvez votre identité.",
    userName: "Nom d’utilisateur",
    userNameHint: "Le nom avec lequel vous vous connectez, par exemple nom@example.com",
    userNameMissing: "Saisissez votre nom d’utilisateur.",
    userNameInvalid: "Ce n’est pas un nom d’utilisateur. Saisissez le nom avec lequel vous vous connectez.",
    next: "Continuer",
    unavailable: "Les mots de passe ne peuvent pas être changés pour le moment",
    unavailableHint: "Le serveur de votre organisation est injoignable. Réessayez dans quelques minutes.",
  },
  captcha: {
    working: "Vérification que vous n’êtes pas un robot…",
    ready: "Vérification terminée.",
    failed: "La vérification n’a pas réussi. Répondez à la question ci-dessous.",
    question: (a, b) => `Combien font ${a} plus ${b} ?`,
    questionHint: "Cela tient les robots à distance. Répondez en chiffres ou en un mot.",
    numbers: ["zéro", "un", "deux", "trois", "quatre", "cinq", "six", "sept", "huit", "neuf", "dix"].concat([
      "onze",
      "douze",
      "treize",
      "quatorze",
      "quinze",
      "seize",
      "dix-sept",
      "dix-huit",
    ]),
  },
  reason: {
    title: "Quelle est la difficulté ?",
    forUser: "Nom d’utilisateur",
    legend: "Choisissez",
    forgot: "J’ai oublié mon mot de passe",
    forgotHint: "Vous en choisissez un nouveau",
    locked: "Je connais mon mot de passe, mais mon compte est verrouillé",
    lockedHint: "Votre compte est déverrouillé, votre mot de passe reste",
    next: "Continuer",
    stop: "Arrêter",
  },
  methods,
  choose: {
    title: "Prouvez votre identité",
    lead: "De quelle façon souhaitez-vous le faire ?",
    titleSecond: "Encore une preuve",
    leadSecond: "Merci. Votre organisation demande une deuxième preuve, d’une autre façon.",
    legend: "Choisissez",
    toNumber: (digits) => `au numéro qui se termine par ${digits}`,
    byEmail: "à l’adresse que votre organisation connaît, ou à celle que vous avez ajoutée",
    byApp: "saisissez les chiffres que montre votre application",
    byRecoveryCode: "un des codes que vous avez imprimés ou gardés",
    byQuestions: "répondez aux questions que vous avez choisies",
    number: "Le numéro complet",
    numberHint: (digits) =>
      `Il se termine par ${digits}. Saisissez-le en entier ; les espaces et les signes ne comptent pas.`,
    next: "Continuer",
    none: "Je ne peux utiliser aucun de ces moyens",
  },
  code: {
    titleText: "Saisissez le code du SMS",
    titleCall: "Saisissez le code que vous entendez",
    titleEmail: "Saisissez le code du courriel",
    leadText: (digits) =>
      `Si ce que vous avez saisi est juste, un code est en route vers le numéro qui se termine par ${digits}.`,
    leadCall: (digits) =>
      `Si ce que vous avez saisi est juste, le numéro qui se termine par ${digits} va sonner.`,
    leadEmail:
      "Si une adresse de vous est connue, un code y est en route. Regardez aussi dans les indésirables.",
    label: "Code",
    hint: (minutes) => `Il est valable ${minutes} ${minutes === 1 ? "minute" : "minutes"}.`,
    next: "Vérifier le code",
    resend: "Envoyer à nouveau",
    resendIn: "Envoyer à nouveau dans {seconds} s",
    sendsLeft: (count) => (count === 1 ? "Possible encore une fois." : `Possible encore ${count} fois.`),
    noSendsLeft:
      "Un nouvel envoi n’est plus possible. Si aucun code n’est arrivé, choisissez un autre moyen.",
    another: "Choisir un autre moyen",
  },
  enter: {
    titleAuthenticator: "Saisissez le code de votre application",
    leadAuthenticator: "Ouvrez votre application d’authentification et saisissez les six chiffres affichés.",
    titleRecovery: "Saisissez un code de secours",
    leadRecovery: "Prenez un des codes que vous avez imprimés ou gardés. Chacun sert une seule fois.",
    label: "Code",
    next: "Vérifier le code",
  },
  questions: {
    title: "Répondez à vos questions",
    lead: "Les majuscules, les accents et les espaces ne comptent pas.",
    next: "Vérifier les réponses",
  },
  password: {
    title: "Choisissez un nouveau mot de passe",
    lead: "Quelques mots que personne d’autre ne réunirait ainsi se retiennent bien et se devinent mal.",
    rules: "Les règles de votre organisation",
    minLength: (count) => `au moins ${count} caractères`,
    complexity: "au moins trois sortes : majuscules, minuscules, chiffres, signes",
    noName: "sans votre nom",
    history: (count) => `aucun de vos ${count} derniers`,
    minAge: "pas changé de nouveau juste après un changement",
    newPassword: "Nouveau mot de passe",
    repeated: "Encore une fois le même",
    next: "Enregistrer le mot de passe",
    notAccepted: "Ce mot de passe n’a pas été accepté",
    tooShort: (count) => `Ce mot de passe est trop court : il faut au moins ${count} caractères.`,
    inHistory: (count) => `C’est un de vos ${count} derniers mots de passe. Choisissez-en un nouveau.`,
    tooYoung: (when) =>
      `Votre mot de passe a été changé il y a peu. Il peut l’être de nouveau à partir du ${when}.`,
  },
  unlock: {
    title: "Déverrouillez votre compte",
    lead: "Merci, vous avez prouvé votre identité. Votre mot de passe reste le même.",
    next: "Déverrouiller",
  },
  waiting: {
    title: "Un instant",
    reset: "Votre nouveau mot de passe est en route vers le serveur de votre organisation.",
    unlock: "Le serveur de votre organisation déverrouille votre compte.",
    hint: "Laissez cette page ouverte, s’il vous plaît.",
    reload: "Regarder à nouveau",
  },
  done: {
    titleReset: "Votre nouveau mot de passe est enregistré",
    leadReset:
      "Vous pouvez maintenant l’utiliser pour vous connecter. Il faut parfois quelques minutes avant que tous les programmes le connaissent.",
    mustChange: "À la prochaine connexion, on vous demandera d’en choisir un autre.",
    titleUnlock: "Votre compte est déverrouillé",
    leadUnlock: "Vous pouvez maintenant vous connecter avec votre mot de passe.",
    mail: "Un courriel vous en informe. Ce n’était pas vous ? Dites-le tout de suite à votre administrateur.",
    close: "Fermer",
  },
  unclear: {
    title: "Ce n’est pas encore certain",
    reset:
      "Le serveur n’a pas confirmé votre nouveau mot de passe. Essayez de vous connecter avec le nouveau, puis avec l’ancien.",
    unlock: "Le serveur n’a pas confirmé le déverrouillage. Essayez de vous connecter.",
    later:
      "Dès que ce sera connu, un courriel vous le dira. Si vous ne pouvez pas vous connecter, recommencez.",
  },
  impossible: {
    title: "Ce n’est pas possible ici",
    not_in_policy: "Votre organisation ne propose pas cela pour votre compte.",
    unlock_off:
      "Votre organisation ne propose pas de déverrouiller ici. Vous pouvez choisir un nouveau mot de passe.",
    too_few_methods:
      "Il y a trop peu de moyens de prouver votre identité. Ajoutez-en dès que vous pourrez vous connecter.",
    number_held:
      "Votre numéro de téléphone a été changé il y a peu. Par sécurité, il ne peut pas servir ici pendant un certain temps.",
    user_gone: "Ce compte n’existe plus.",
    askAdministrator: "Votre administrateur peut vous aider.",
  },
  blocked: {
    title: "Trop d’essais",
    lead: "Par sécurité, l’aide pour ce nom d’utilisateur est fermée pendant un certain temps.",
    again: (hours) => (hours === 1 ? "Réessayez dans une heure." : `Réessayez dans ${hours} heures.`),
    account: "Votre compte lui-même n’est pas touché : avec le bon mot de passe, vous pouvez vous connecter.",
  },
  contact: {
    title: "S’adresser à l’administrateur",
    link: "Comment joindre votre administrateur",
    message: "Votre message (facultatif)",
    messageHint: "Comment vous joindre ? N’écrivez jamais un mot de passe ici.",
    send: "Envoyer",
    sent: "Votre message est envoyé s’il a pu être pris en compte. Quelqu’un vous contactera.",
    sentTitle: "Merci",
    none: "Appelez le service d’assistance de votre organisation, ou passez-y.",
    back: "Retour",
  },
  problems: {
    title: "Cela n’a pas fonctionné",
    wrong_code: "Ce code n’est pas correct. Regardez encore, ou faites-en envoyer un nouveau.",
    wrong_answers: "Les réponses ne sont pas toutes correctes. Réessayez.",
    code_expired: "Ce code n’est plus valable. Faites-en envoyer un nouveau.",
    too_many_sends: "Aucun autre code ne peut être envoyé de cette façon. Choisissez un autre moyen.",
    resend_too_soon: "Attendez un instant avant de faire envoyer un autre code.",
    number_invalid: "Ce n’est pas un numéro de téléphone. Saisissez-le en entier, avec l’indicatif.",
    method_used: "Vous avez déjà utilisé ce moyen. Choisissez-en un autre.",
    stale: "Cette page n’était plus à jour, peut-être à cause d’un autre onglet. Continuez ici.",
    passwords_differ: "Les deux mots de passe ne sont pas les mêmes. Saisissez-les à nouveau.",
    password_empty: "Saisissez un nouveau mot de passe.",
    password_too_long: "Ce mot de passe est trop long. Choisissez-en un de 256 caractères au plus.",
    not_applied: "Rien n’a été changé",
  },
  refusals,
  refusalOther:
    "Cela n’a pas fonctionné. Rien n’a été changé. Réessayez ou adressez-vous à votre administrateur.",
  seal: {
    working: "Votre mot de passe est mis sous scellé…",
    differ: "Les deux mots de passe ne sont pas les mêmes.",
    empty: "Saisissez un mot de passe.",
    too_long: "Ce mot de passe est trop long : 256 caractères au plus.",
    failed: "Cela n’a pas fonctionné. Vérifiez votre connexion et réessayez.",
  },
  meter: {
    score0: "Très facile à deviner",
    score1: "Facile à deviner",
    score2: "Pourrait être plus fort",
    score3: "Fort",
    score4: "Très fort",
    warn_words: "Contient un nom ou un mot de votre organisation",
    warn_common: "Fait partie des mots de passe les plus utilisés",
    warn_spaces: "Commence ou finit par une espace : elle compte aussi",
    warn_unusual: "Contient des lettres que d’autres claviers peuvent taper autrement",
  },
  show: {
    show: "Afficher",
    hide: "Masquer",
    showLabel: "Afficher le mot de passe",
    hideLabel: "Masquer le mot de passe",
  },
  ended: {
    title: "Votre session est terminée",
    lead: "Par sécurité, elle se termine après quelques minutes, ou si vous continuez dans un autre navigateur. Vous n’avez perdu qu’un peu de temps.",
    again: "Recommencer",
    closedTitle: "Fermé",
    closedLead: "Vous pouvez maintenant fermer cette fenêtre.",
  },
  errors: {
    title: "Un problème est survenu",
    lead: "Réessayez dans un instant. Si cela continue, donnez à votre administrateur la référence ci-dessous.",
    NOT_FOUND: {
      title: "Cette page n’existe pas",
      lead: "L’adresse contient peut-être une faute de frappe.",
    },
    SESSION_ENDED: { title: "Session expirée", lead: "Votre session a expiré. Recommencez." },
    RATE_LIMITED: {
      title: "Trop d’essais depuis ici",
      lead: "Votre réseau a envoyé de très nombreuses demandes. Attendez un peu, puis réessayez.",
    },
    FORM_REFUSED: {
      title: "Envoyez le formulaire encore une fois, s’il vous plaît",
      lead: "Il est resté ouvert trop longtemps, ou les cookies sont désactivés. Revenez au début et réessayez en autorisant les cookies.",
    },
    CAPTCHA_INVALID: {
      title: "La vérification contre les robots n’a pas réussi",
      lead: "La page est peut-être restée ouverte trop longtemps. Réessayez : une nouvelle vérification est prête.",
    },
    TENANT_NOT_FOUND: {
      title: "Cette organisation n’est pas connue ici",
      lead: "Saisissez votre nom d’utilisateur en entier, par exemple nom@example.com.",
    },
    SELF_SERVICE_OFF: {
      title: "Votre organisation ne propose pas cela",
      lead: "Demandez à votre administrateur de vous aider pour votre mot de passe.",
    },
    AGENT_OFFLINE: {
      title: "Pas possible pour le moment",
      lead: "Le serveur de votre organisation est injoignable. Réessayez dans quelques minutes.",
    },
    STORE_UNAVAILABLE: { title: "Une courte interruption", lead: "Réessayez dans un instant." },
    REQUEST_INVALID: {
      title: "Le formulaire n’a pas pu être lu",
      lead: "Quelque chose n’y convient pas. Revenez au début et réessayez.",
    },
    REQUEST_TOO_LARGE: { title: "C’était trop de texte", lead: "Revenez en arrière et écrivez moins." },
  },
};
