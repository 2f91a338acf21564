import { ValidateBy, type ValidationOptions } from 'class-validator';
import { isAcceptablePassword, PASSWORD_MAX_LENGTH, PASSWORD_MIN_LENGTH } from './password';

/** A password that may be chosen. */
export function IsAcceptablePassword(options?: ValidationOptions): PropertyDecorator {
  return ValidateBy(
    {
      name: 'passwordLength',
      constraints: [PASSWORD_MIN_LENGTH, PASSWORD_MAX_LENGTH],
      validator: {
        validate: (value) => typeof value === 'string' && isAcceptablePassword(value),
        defaultMessage: () => `${PASSWORD_MIN_LENGTH} to ${PASSWORD_MAX_LENGTH} characters`,
      },
    },
    options,
  );
}
