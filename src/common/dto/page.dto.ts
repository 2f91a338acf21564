import { Type } from 'class-transformer';
import { IsInt, IsOptional, IsUUID, Max, Min } from 'class-validator';
import { ApiModel, ApiUuid } from '../api-fields.decorator';

@ApiModel('GatecodePageQuery', 'Which page of a list is wanted.')
export class PageQueryDto {
  /**
   * `nextCursor` of the page before.
   * @example "019aa3c4-7d60-7c3e-9a55-0d6f3f1f8a10"
   */
  @IsOptional()
  @IsUUID()
  @ApiUuid()
  readonly cursor?: string;

  /**
   * Items of one page. Default 50.
   * @example 50
   */
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(100)
  readonly limit?: number;
}
