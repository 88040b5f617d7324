package androidx.work;

public final class Constraints {
    private final boolean batteryNotLow;
    private final boolean charging;

    private Constraints(boolean batteryNotLow, boolean charging) {
        this.batteryNotLow = batteryNotLow;
        this.charging = charging;
    }

    public boolean requiresBatteryNotLow() {
        return batteryNotLow;
    }

    public boolean requiresCharging() {
        return charging;
    }

    public static final class Builder {
        private boolean batteryNotLow;
        private boolean charging;

        public Builder setRequiresBatteryNotLow(boolean required) {
            batteryNotLow = required;
            return this;
        }

        public Builder setRequiresCharging(boolean required) {
            charging = required;
            return this;
        }

        public Constraints build() {
            return new Constraints(batteryNotLow, charging);
        }
    }
}
