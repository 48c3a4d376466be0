#include "engine/config/settings.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "tests/unit/config/refusal.hpp"

namespace engine::config::test {
namespace {

namespace fs = std::filesystem;

// Each test runs in an empty folder of its own.
class SettingsTest : public testing::Test {
 protected:
  void SetUp() override {
    before_ = fs::current_path();
    std::string pattern = (fs::temp_directory_path() / "pgtide_settings_XXXXXX").string();
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
    fs::current_path(folder_);
  }
  void TearDown() override {
    fs::current_path(before_);
    fs::remove_all(folder_);
  }

  static void write(const std::string& file, const std::string& databases = "") {
    if (fs::path(file).has_parent_path()) fs::create_directories(fs::path(file).parent_path());
    std::ofstream(file) << "map: " << fs::path(file).stem().string() << "\n" << databases << "tables: [{desktop: t}]\n";
  }

  static Environment urls(std::map<std::string, std::string> more = {}) {
    more.emplace("PGTIDE_DESKTOP_URL", "desktop-variable");
    more.emplace("PGTIDE_CLOUD_URL", "cloud-variable");
    return variables(more);
  }

  static Refusal settings_refused(const Flags& flags, const Environment& environment) {
    return refusal([&] { load_settings(flags, environment); });
  }

 private:
  fs::path before_;
  fs::path folder_;
};

TEST_F(SettingsTest, TheOnlyMapInTheFolderIsTaken) {
  write("tablemaps/one.yml");
  std::ofstream("tablemaps/README.md") << "x";
  std::ofstream("tablemaps/.hidden.yaml") << "x";
  fs::create_directories("tablemaps/old.yaml");
  const Settings settings = load_settings({}, urls());
  EXPECT_EQ(settings.map.name, "one");
  EXPECT_EQ(settings.map.file, "./tablemaps/one.yml");
}

TEST_F(SettingsTest, TheFlagWinsOverTheVariableAndTheVariableOverTheFolder) {
  write("tablemaps/folder.yaml");
  write("variable.yaml");
  write("flag.yaml");
  const Environment environment = urls({{"PGTIDE_MAP", "variable.yaml"}});
  Flags flags;
  EXPECT_EQ(load_settings(flags, environment).map.name, "variable");
  flags.map_file = "flag.yaml";
  EXPECT_EQ(load_settings(flags, environment).map.name, "flag");
  EXPECT_EQ(load_settings({}, urls({{"PGTIDE_MAP", ""}})).map.name, "folder");
}

TEST_F(SettingsTest, WithoutAMapItSaysWhereItLooked) {
  const Refusal no_folder = settings_refused({}, urls());
  EXPECT_EQ(no_folder.what,
            "no table map found: --map is not given, PGTIDE_MAP is not set, and ./tablemaps does not exist");
  EXPECT_EQ(no_folder.hint, "name it with --map FILE, or start pgtide in the folder that contains tablemaps");
  fs::create_directories("tablemaps");
  EXPECT_EQ(settings_refused({}, urls()).what,
            "no table map found: --map is not given, PGTIDE_MAP is not set, and ./tablemaps contains no .yaml or .yml "
            "file");
  fs::remove("tablemaps");
  std::ofstream("tablemaps") << "x";
  EXPECT_EQ(settings_refused({}, urls()).what,
            "no table map found: --map is not given, PGTIDE_MAP is not set, and ./tablemaps cannot be read");
}

TEST_F(SettingsTest, SeveralMapsAreNamedAndNoneIsChosen) {
  write("tablemaps/b.yaml");
  write("tablemaps/a.yml");
  const Refusal problem = settings_refused({}, urls());
  EXPECT_EQ(problem.what, "several table maps are there, and none was chosen: ./tablemaps/a.yml, ./tablemaps/b.yaml");
  EXPECT_EQ(problem.hint, "choose one with --map FILE, or with the variable PGTIDE_MAP");
}

TEST_F(SettingsTest, AMapThatDoesNotExistIsNamed) {
  Flags flags;
  flags.map_file = "gone.yaml";
  EXPECT_EQ(settings_refused(flags, urls()).what, "gone.yaml: this file does not exist");
  EXPECT_EQ(settings_refused({}, urls({{"PGTIDE_MAP", "gone.yaml"}})).what, "gone.yaml: this file does not exist");
}

TEST_F(SettingsTest, UrlsComeFromTheFlagElseTheVariableElseTheMap) {
  write("m.yaml", "desktop: {url: desktop-map}\ncloud: {url: cloud-map}\n");
  Flags flags;
  flags.map_file = "m.yaml";
  EXPECT_EQ(load_settings(flags, variables()).url(Place::desktop), "desktop-map");
  EXPECT_EQ(load_settings(flags, variables()).url(Place::cloud), "cloud-map");
  EXPECT_EQ(load_settings(flags, urls()).desktop_url, "desktop-variable");
  EXPECT_EQ(load_settings(flags, urls()).cloud_url, "cloud-variable");
  flags.desktop_url = "desktop-flag";
  flags.cloud_url = "cloud-flag";
  EXPECT_EQ(load_settings(flags, urls()).desktop_url, "desktop-flag");
  EXPECT_EQ(load_settings(flags, urls()).cloud_url, "cloud-flag");
}

TEST_F(SettingsTest, AVariableThatTheMapLacksDoesNotMatterIfAFlagGivesTheUrl) {
  write("m.yaml", "desktop: {url: '${NOT_SET}'}\ncloud: {url: c}\n");
  Flags flags;
  flags.map_file = "m.yaml";
  flags.desktop_url = "d";
  EXPECT_EQ(load_settings(flags, variables()).desktop_url, "d");
}

TEST_F(SettingsTest, AMissingUrlSaysWhereItCanBeGiven) {
  write("m.yaml", "cloud: {url: '${MY_CLOUD}'}\n");
  Flags flags;
  flags.map_file = "m.yaml";
  const Refusal desktop = settings_refused(flags, variables());
  EXPECT_EQ(desktop.what, "m.yaml: the map gives no URL for the desktop");
  EXPECT_EQ(desktop.hint,
            "give it with --desktop URL, or set the variable PGTIDE_DESKTOP_URL, or write 'url:' under 'desktop:' in "
            "the map");
  flags.desktop_url = "d";
  const Refusal cloud = settings_refused(flags, variables({{"PGTIDE_CLOUD_URL", ""}}));
  EXPECT_EQ(cloud.what, "m.yaml:2:14: the variable MY_CLOUD is not set, so the URL of the cloud is not known");
  EXPECT_NE(cloud.hint.find("--cloud URL"), std::string::npos);
}

TEST_F(SettingsTest, AFlagThatIsEmptyIsRefused) {
  write("m.yaml");
  Flags flags;
  flags.map_file = "";
  EXPECT_EQ(settings_refused(flags, urls()).what, "--map is given, but empty");
  flags.map_file = "m.yaml";
  flags.desktop_url = "";
  EXPECT_EQ(settings_refused(flags, urls()).what, "--desktop is given, but empty");
}

TEST(ProcessEnvironment, KnowsWhatIsSetAndWhatIsNot) {
  setenv("PGTIDE_TEST_VARIABLE", "x", 1);
  EXPECT_EQ(process_environment()("PGTIDE_TEST_VARIABLE"), "x");
  unsetenv("PGTIDE_TEST_VARIABLE");
  EXPECT_EQ(process_environment()("PGTIDE_TEST_VARIABLE"), std::nullopt);
}

}  // namespace
}  // namespace engine::config::test
