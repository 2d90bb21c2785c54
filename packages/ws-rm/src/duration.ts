import { InvalidMessageError } from '@holdfast/soap';

const pattern = /^(-)?P(?=.)(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)D)?(?:T(?=.)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)(?:\.(\d+))?S)?)?$/;

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

/**
 * Reads an xs:duration as milliseconds. A year counts 365 days and a month 30, because there is no date to count from.
 * @throws InvalidMessageError `invalid-element` when it is no duration, is negative, or is beyond what a timer can hold
 */
export function readDuration(value: string): number {
  const match = pattern.exec(value.trim());
  if (match === null) throw new InvalidMessageError('invalid-element', 'A wsrm:Expires is not an xs:duration.');
  const part = (index: number): number => Number(match[index] ?? 0);
  const total =
    part(2) * 365 * day +
    part(3) * 30 * day +
    part(4) * day +
    part(5) * hour +
    part(6) * minute +
    part(7) * second +
    Math.floor(Number(`0.${match[8] ?? '0'}`) * second);
  if (!Number.isSafeInteger(total)) throw new InvalidMessageError('invalid-element', 'A wsrm:Expires is too long.');
  if (match[1] !== undefined && total !== 0) {
    throw new InvalidMessageError('invalid-element', 'A wsrm:Expires is negative.');
  }
  return total;
}

/**
 * Writes milliseconds as an xs:duration of seconds, in days, hours, minutes and seconds; 0 is PT0S.
 * @param milliseconds an integer ≥ 0
 */
export function writeDuration(milliseconds: number): string {
  if (milliseconds === 0) return 'PT0S';
  const days = Math.floor(milliseconds / day);
  const hours = Math.floor((milliseconds % day) / hour);
  const minutes = Math.floor((milliseconds % hour) / minute);
  const seconds = Math.floor((milliseconds % minute) / second);
  const fraction = milliseconds % second;
  const time = [
    hours > 0 ? `${hours}H` : '',
    minutes > 0 ? `${minutes}M` : '',
    seconds > 0 || fraction > 0
      ? `${seconds}${fraction > 0 ? `.${String(fraction).padStart(3, '0').replace(/0+$/, '')}` : ''}S`
      : '',
  ].join('');
  return `P${days > 0 ? `${days}D` : ''}${time === '' ? '' : `T${time}`}`;
}
