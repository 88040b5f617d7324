package androidx.test.runner.intent;

/** Holds the monitor of the running test. */
public final class IntentMonitorRegistry {
    private IntentMonitorRegistry() {}

    public static void registerInstance(IntentMonitor monitor) {}
}
