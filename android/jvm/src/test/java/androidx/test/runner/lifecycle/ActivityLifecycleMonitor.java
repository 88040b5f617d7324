package androidx.test.runner.lifecycle;

/** Knows where activities are in their lives. */
public interface ActivityLifecycleMonitor {
    void addLifecycleCallback(ActivityLifecycleCallback callback);

    void removeLifecycleCallback(ActivityLifecycleCallback callback);

    Stage getLifecycleStageOf(android.app.Activity activity);

    java.util.Collection<android.app.Activity> getActivitiesInStage(Stage stage);
}
