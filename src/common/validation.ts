import { type ArgumentMetadata, type ValidationError, ValidationPipe } from '@nestjs/common';
import { type ValidationOptions, buildMessage, ValidateBy } from 'class-validator';
import { brokenRule, type RuleContext } from './broken-rule';
import { FORM_TEXTS, type Form } from './member-texts';
import { invalidMember, Problem, type ProblemError } from './problem';
import { redactText } from './redaction';

/** No body of ours is deeper; recursive code behind the pipe must not be driven into the ground. */
const MAX_DEPTH = 20;
const MAX_ERRORS = 20;
const MAX_POINTER_LENGTH = 120;

// The one place where an invisible character is part of what is seen: a family is several pictures joined.
const EMOJI_JOINER =
  /(?<=[\p{Extended_Pictographic}\p{Emoji_Modifier}\ufe0f])\u200d(?=\p{Extended_Pictographic})/gu;

// Control and format characters (NUL, line breaks, bidi overrides, zero width), separators, halves of characters.
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u;

// Anything but space and what is not drawn, such as fillers.
const VISIBLE = /[^\p{White_Space}\p{Default_Ignorable_Code_Point}]/u;

/** Checks bodies and queries against their DTO class; what is wrong becomes a VALIDATION_FAILED with pointers. */
export function createValidationPipe(): ValidationPipe {
  return new ProblemValidationPipe({
    whitelist: true,
    forbidNonWhitelisted: true,
    forbidUnknownValues: true,
    stopAtFirstError: true,
    transform: true,
    transformOptions: { enableImplicitConversion: false },
    validationError: { target: true, value: true },
    exceptionFactory: (errors) =>
      new Problem('VALIDATION_FAILED', { errors: errorsOf(errors).slice(0, MAX_ERRORS) }),
  });
}

class ProblemValidationPipe extends ValidationPipe {
  override async transform(value: unknown, metadata: ArgumentMetadata): Promise<unknown> {
    // What a decorator of ours makes, such as the caller, is no input.
    if (metadata.type === 'custom') return value;
    if (metadata.type === 'body' && metadata.data === undefined && this.toValidate(metadata)) {
      // No body at all is the same as an empty one: what is required will be missed.
      const isObject =
        value === undefined || (typeof value === 'object' && value !== null && !Array.isArray(value));
      if (!isObject) throw invalidMember('#', 'OBJECT_EXPECTED');
    }
    if (isTooDeep(value)) throw invalidMember('#', 'TOO_DEEP', MAX_DEPTH);
    return super.transform(value, metadata);
  }
}

function isTooDeep(value: unknown): boolean {
  // Not recursive: the caller decides how deep it is.
  let level: unknown[] = [value];
  for (let depth = 0; depth <= MAX_DEPTH && level.length > 0; depth++) {
    level = level.flatMap((each) =>
      typeof each === 'object' && each !== null && !ArrayBuffer.isView(each)
        ? (Object.values(each) as unknown[])
        : [],
    );
  }
  return level.length > 0;
}

function errorsOf(errors: readonly ValidationError[], parent = '#'): ProblemError[] {
  return errors.flatMap((error) => {
    const pointer = `${parent}/${escapeToken(error.property)}`.slice(0, MAX_POINTER_LENGTH);
    const rule = brokenRule(error);
    if (!rule) return errorsOf(error.children ?? [], pointer);
    const { values, context } = rule;
    const detail = error.constraints?.[rule.name];
    return { pointer, code: codeOf(rule.name, error.value, context), values, form: context?.form, detail };
  });
}

/** A rule may name its code: `@IsMobile({ context: { code: 'PHONE_INVALID' } })`; else it is called after the rule. */
export function codeOf(rule: string, value: unknown, context?: RuleContext): string {
  if (rule === 'whitelistValidation') return 'UNKNOWN_MEMBER';
  if (value === undefined) return 'REQUIRED';
  return context?.code ?? rule.replace(/([a-z0-9])([A-Z])/g, '$1_$2').toUpperCase();
}

/** RFC 6901, 3 and 6. The name is the caller's own: a phone number in it is masked all the same. */
function escapeToken(name: string): string {
  const token = redactText(name.slice(0, MAX_POINTER_LENGTH)).replace(/\p{Cs}/gu, '\ufffd');
  return encodeURIComponent(token.replaceAll('~', '~0').replaceAll('/', '~1'));
}

/** For `@Matches`: says what the pattern asks for. */
export function asking(form: Form): ValidationOptions {
  // The message is for a host's pipe, which knows nothing of forms.
  return { message: FORM_TEXTS[form].en, context: { form } satisfies RuleContext };
}

/**
 * Whether a text can be shown in one line and is what it looks like: no control, bidi or invisible characters, and not only
 * spaces. Whether it may be empty is not asked here.
 */
export function isPlainText(value: unknown): value is string {
  if (typeof value !== 'string' || UNPRINTABLE.test(value.replace(EMOJI_JOINER, ''))) return false;
  return value === '' || VISIBLE.test(value);
}

/** For names that people see: refuses control, bidi and invisible characters, and nothing but spaces. */
export function IsPlainText(options?: ValidationOptions): PropertyDecorator {
  return ValidateBy(
    {
      name: 'isPlainText',
      validator: {
        validate: isPlainText,
        defaultMessage: buildMessage(
          (each) => `${each}$property must hold no control or invisible characters`,
          options,
        ),
      },
    },
    options,
  );
}
