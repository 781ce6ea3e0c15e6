import { DataTypes } from 'sequelize';
import {
  AllowNull,
  Column,
  CreatedAt,
  DataType,
  Default,
  Model,
  PrimaryKey,
  Table,
  UpdatedAt,
} from 'sequelize-typescript';
import { newId } from './ids.ts';

const id = DataType.STRING(30);

@Table({ tableName: 'dealers' })
export class DealerModel extends Model {
  @PrimaryKey @Default(newId) @Column(id) declare id: string;
  @AllowNull(false) @Column({ type: DataType.STRING(50), field: 'dealer_code' }) declare dealerCode: string;
  @AllowNull(false) @Column({ type: DataType.STRING(255), field: 'dealer_name' }) declare dealerName: string;
  @Column(DataType.STRING(255)) declare location: string | null;
  @AllowNull(false) @Default(true) @Column({ type: DataType.BOOLEAN, field: 'is_active' }) declare isActive: boolean;
  @AllowNull(false) @Default({}) @Column(DataType.JSONB) declare settings: Record<string, unknown>;
  @CreatedAt @Column({ type: DataType.DATE, field: 'created_at' }) declare createdAt: Date;
  @UpdatedAt @Column({ type: DataType.DATE, field: 'updated_at' }) declare updatedAt: Date;
}

@Table({ tableName: 'advisors' })
export class AdvisorModel extends Model {
  @PrimaryKey @Default(newId) @Column(id) declare id: string;
  @AllowNull(false) @Column(DataType.STRING(255)) declare email: string;
  @AllowNull(false) @Column(DataType.STRING(255)) declare name: string;
  @AllowNull(false) @Default(true) @Column({ type: DataType.BOOLEAN, field: 'is_active' }) declare isActive: boolean;
  @CreatedAt @Column({ type: DataType.DATE, field: 'created_at' }) declare createdAt: Date;
  @UpdatedAt @Column({ type: DataType.DATE, field: 'updated_at' }) declare updatedAt: Date;
}

@Table({ tableName: 'car_variants' })
export class CarVariantModel extends Model {
  @PrimaryKey @Default(newId) @Column(id) declare id: string;
  @AllowNull(false) @Column(DataType.STRING(100)) declare code: string;
  @AllowNull(false) @Column(DataType.STRING(255)) declare name: string;
  @CreatedAt @Column({ type: DataType.DATE, field: 'created_at' }) declare createdAt: Date;
  @UpdatedAt @Column({ type: DataType.DATE, field: 'updated_at' }) declare updatedAt: Date;
}

@Table({ tableName: 'bookings' })
export class BookingModel extends Model {
  @PrimaryKey @Default(newId) @Column(id) declare id: string;
  @Column({ type: DataType.STRING(255), field: 'external_id' }) declare externalId: string | null;
  @Column({ type: id, field: 'dealer_id' }) declare dealerId: string | null;
  @Column({ type: id, field: 'car_variant_id' }) declare carVariantId: string | null;
  @AllowNull(false) @Column({ type: DataType.STRING(255), field: 'customer_name' }) declare customerName: string;
  @Column({ type: DataType.STRING(50), field: 'customer_phone' }) declare customerPhone: string | null;
  @Column({ type: DataType.STRING(255), field: 'customer_email' }) declare customerEmail: string | null;
  @Column({ type: id, field: 'advisor_id' }) declare advisorId: string | null;
  @Column({ type: DataType.DATE, field: 'booking_date' }) declare bookingDate: Date | null;
  @AllowNull(false) @Default('PENDING') @Column(DataType.STRING(30)) declare status: string;
  @AllowNull(false) @Default('manual') @Column(DataType.STRING(30)) declare source: string;
  @Column(DataType.JSONB) declare metadata: Record<string, unknown> | null;
  @Column({ type: id, field: 'enquiry_id' }) declare enquiryId: string | null;
  @Column({ type: id, field: 'import_id' }) declare importId: string | null;
  @Column({ type: DataType.INTEGER, field: 'import_row' }) declare importRow: number | null;
  @AllowNull(false) @Default(1) @Column(DataType.INTEGER) declare version: number;
  @CreatedAt @Column({ type: DataType.DATE, field: 'created_at' }) declare createdAt: Date;
  @UpdatedAt @Column({ type: DataType.DATE, field: 'updated_at' }) declare updatedAt: Date;
}

@Table({ tableName: 'booking_imports' })
export class BookingImportModel extends Model {
  @PrimaryKey @Default(newId) @Column(id) declare id: string;
  @AllowNull(false) @Column({ type: DataType.STRING(255), field: 'admin_id' }) declare adminId: string;
  @AllowNull(false) @Column(DataType.STRING(512)) declare filename: string;
  @Column({ type: DataType.STRING(512), field: 'original_filename' }) declare originalFilename: string | null;
  @Column({ type: DataType.BIGINT, field: 'file_size' }) declare fileSize: string | null;
  @Column({ type: DataType.INTEGER, field: 'total_rows' }) declare totalRows: number;
  @Column({ type: DataType.INTEGER, field: 'processed_rows' }) declare processedRows: number;
  @Column({ type: DataType.INTEGER, field: 'successful_rows' }) declare successfulRows: number;
  @Column({ type: DataType.INTEGER, field: 'failed_rows' }) declare failedRows: number;
  @AllowNull(false) @Default('PENDING') @Column(DataType.STRING(30)) declare status: string;
  @Column({ type: DataType.JSONB, field: 'import_settings' }) declare importSettings: Record<string, unknown> | null;
  @Column({ type: DataType.JSONB, field: 'error_summary' }) declare errorSummary: Record<string, unknown> | null;
  @Column({ type: DataType.DATE, field: 'started_at' }) declare startedAt: Date | null;
  @Column({ type: DataType.DATE, field: 'completed_at' }) declare completedAt: Date | null;
  @Column(DataType.TEXT) declare sha256: string | null;
  @Column(DataType.TEXT) declare fingerprint: string | null;
  @Column({ type: DataType.STRING(255), field: 'idempotency_key' }) declare idempotencyKey: string | null;
  @Column({ type: DataType.BOOLEAN, field: 'dry_run' }) declare dryRun: boolean;
  @Column({ type: DataType.INTEGER, field: 'chunk_rows' }) declare chunkRows: number;
  @Default(1) @Column(DataType.INTEGER) declare round: number;
  @Default(1) @Column(DataType.INTEGER) declare epoch: number;
  @Column({ type: DataTypes.INET, field: 'ip_address' }) declare ipAddress: string | null;
  @Column({ type: DataType.TEXT, field: 'user_agent' }) declare userAgent: string | null;
  @CreatedAt @Column({ type: DataType.DATE, field: 'created_at' }) declare createdAt: Date;
  @UpdatedAt @Column({ type: DataType.DATE, field: 'updated_at' }) declare updatedAt: Date;
}

@Table({ tableName: 'booking_import_errors', updatedAt: false })
export class BookingImportErrorModel extends Model {
  @PrimaryKey @Default(newId) @Column(id) declare id: string;
  @AllowNull(false) @Column({ type: id, field: 'import_id' }) declare importId: string;
  @AllowNull(false) @Column({ type: DataType.INTEGER, field: 'row_number' }) declare rowNumber: number;
  @AllowNull(false) @Column({ type: DataType.JSONB, field: 'raw_row' }) declare rawRow: Record<string, unknown>;
  @AllowNull(false) @Column({ type: DataType.TEXT, field: 'error_message' }) declare errorMessage: string;
  @Column({ type: DataType.STRING(50), field: 'error_type' }) declare errorType: string | null;
  @Column({ type: DataType.JSONB, field: 'field_errors' }) declare fieldErrors: Record<string, unknown>[] | null;
  @CreatedAt @Column({ type: DataType.DATE, field: 'created_at' }) declare createdAt: Date;
}

@Table({ tableName: 'booking_audit_logs', updatedAt: false })
export class BookingAuditLogModel extends Model {
  @PrimaryKey @Default(newId) @Column(id) declare id: string;
  @AllowNull(false) @Column({ type: id, field: 'booking_id' }) declare bookingId: string;
  @AllowNull(false) @Column({ type: DataType.STRING(255), field: 'changed_by' }) declare changedBy: string;
  @AllowNull(false) @Column(DataType.STRING(50)) declare action: string;
  @Column({ type: DataType.JSONB, field: 'old_value' }) declare oldValue: Record<string, unknown> | null;
  @Column({ type: DataType.JSONB, field: 'new_value' }) declare newValue: Record<string, unknown> | null;
  @Column({ type: DataType.STRING(255), field: 'change_reason' }) declare changeReason: string | null;
  @Column({ type: DataTypes.INET, field: 'ip_address' }) declare ipAddress: string | null;
  @Column({ type: DataType.TEXT, field: 'user_agent' }) declare userAgent: string | null;
  @CreatedAt @Column({ type: DataType.DATE, field: 'created_at' }) declare createdAt: Date;
}

export const MODELS = [
  DealerModel,
  AdvisorModel,
  CarVariantModel,
  BookingModel,
  BookingImportModel,
  BookingImportErrorModel,
  BookingAuditLogModel,
];
