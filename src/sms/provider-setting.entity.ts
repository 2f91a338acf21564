import { Column, Entity, PrimaryColumn } from 'typeorm';

/** What operators changed about a gateway while the service runs. */
@Entity('sms_provider_settings')
export class SmsProviderSetting {
  @PrimaryColumn('varchar')
  provider: string;

  /** No new message goes through it. */
  @Column('boolean')
  drained: boolean;

  /** Instead of the configured weight. */
  @Column('integer', { nullable: true })
  weight: number | null;

  /** Place in the order, from 0, instead of the configured one. */
  @Column('integer', { nullable: true })
  position: number | null;

  @Column('timestamptz', { name: 'changed_at' })
  changedAt: Date;
}
